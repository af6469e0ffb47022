import { openApiDocument } from '@careplane/kit';
import type { PlainRoute, ResourceDefinition } from '@careplane/kit';
import { z } from 'zod';
import { ACCOUNT_ROLES } from './accounts/account.ts';
import { accountChange, accountsQuery, newAccount } from './accounts/accounts-router.ts';
import { newApp } from './apps/app.ts';
import { servedDefinitions } from './fhir/served.ts';
import { newPublicKey, ownersQuery, shownPublicKey } from './public-keys/public-key.ts';

/** The resource types of this service without a database, for documents and tests. */
export const definitions: readonly ResourceDefinition[] = servedDefinitions();

const account = z.object({
  id: z.string(),
  role: z.enum(ACCOUNT_ROLES),
  status: z.string(),
  person: z.string().optional(),
  secondFactor: z.boolean(),
  createdAt: z.iso.datetime(),
});
const app = z.looseObject({ clientId: z.string(), name: z.string(), type: z.string() });
const document = z.looseObject({ issuer: z.url() });

/** What is answered beside FHIR. Endpoints of OAuth 2 and OpenID Connect are described by their discovery document. */
const routes: readonly PlainRoute[] = [
  {
    method: 'get',
    path: '/admin/apps',
    summary: 'Lists the registered apps.',
    answers: { 200: z.object({ items: z.array(app) }) },
  },
  {
    method: 'post',
    path: '/admin/apps',
    summary: 'Registers an app. A secret is shown this one time.',
    body: newApp,
    answers: { 201: app.extend({ clientSecret: z.string().optional() }) },
  },
  {
    method: 'get',
    path: '/admin/apps/{clientId}',
    summary: 'Reads a registered app.',
    answers: { 200: app },
  },
  {
    method: 'delete',
    path: '/admin/apps/{clientId}',
    summary: 'Removes an app; its tokens are refused.',
    answers: { 204: undefined },
  },
  {
    method: 'post',
    path: '/admin/accounts',
    summary: 'Makes an account for a person who was seen.',
    body: newAccount,
    answers: { 201: account },
  },
  {
    method: 'get',
    path: '/admin/accounts',
    summary: 'Finds the account of a person.',
    query: accountsQuery,
    answers: { 200: z.object({ items: z.array(account) }) },
  },
  {
    method: 'get',
    path: '/admin/accounts/{id}',
    summary: 'Reads an account: no address, no hash.',
    answers: { 200: account },
  },
  {
    method: 'patch',
    path: '/admin/accounts/{id}',
    summary: 'Disables an account or enables it again.',
    body: accountChange,
    answers: { 200: account },
  },
  {
    method: 'delete',
    path: '/admin/accounts/{id}',
    summary: 'Deletes an account and ends its sessions.',
    answers: { 204: undefined },
  },
  {
    method: 'delete',
    path: '/admin/accounts/{id}/second-factor',
    summary:
      'Removes the second factor of an owner who has lost it, and ends their sessions; not of oneself.',
    answers: { 204: undefined },
  },
  {
    method: 'get',
    path: '/public-keys',
    summary: 'The public keys of people who are named, for who may read them.',
    query: ownersQuery,
    answers: { 200: z.object({ items: z.array(shownPublicKey) }) },
  },
  {
    method: 'post',
    path: '/public-keys',
    summary: 'Publishes a key of the caller (scope careplane/keys). Once more answers 200.',
    body: newPublicKey,
    answers: { 200: shownPublicKey, 201: shownPublicKey },
  },
  {
    method: 'post',
    path: '/public-keys/{id}/end',
    summary: 'Ends a key of the caller: nobody encrypts to it from now on.',
    answers: { 200: shownPublicKey },
  },
  {
    method: 'get',
    path: '/.well-known/openid-configuration',
    summary: 'The endpoints of OpenID Connect.',
    answers: { 200: document },
    isPublic: true,
  },
  {
    method: 'get',
    path: '/.well-known/smart-configuration',
    summary: 'The endpoints and capabilities of SMART on FHIR.',
    answers: { 200: document },
    isPublic: true,
  },
  {
    method: 'get',
    path: '/.well-known/oauth-protected-resource/fhir/R4',
    summary: 'What protects the FHIR endpoint (RFC 9728).',
    answers: { 200: z.looseObject({ resource: z.url(), authorization_servers: z.array(z.url()) }) },
    isPublic: true,
  },
  {
    method: 'get',
    path: '/.well-known/jwks.json',
    summary: 'The keys that verify tokens.',
    mediaType: 'application/jwk-set+json',
    answers: { 200: z.object({ keys: z.array(z.looseObject({ kty: z.string() })) }) },
    isPublic: true,
  },
];

/** The OpenAPI document that is served at `/openapi.json`. */
export function openApi(): ReturnType<typeof openApiDocument> {
  return openApiDocument({
    name: 'identity',
    description:
      'Persons, places, consents and care teams over FHIR R4; apps and accounts for administrators.',
    definitions,
    routes,
  });
}
