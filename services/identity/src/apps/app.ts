import { createPublicKey } from 'node:crypto';
import { PURPOSES } from '@careplane/access';
import { z } from 'zod';
import { ADMIN_SCOPE, allowedScopes } from '../oidc/smart-scopes.ts';

/** Where an app may be sent back to: https, http on this machine only, or a scheme of its own with a dot (RFC 8252). */
const redirectUri = z
  .string()
  .max(500)
  .refine(isRedirectUri, 'https, http://127.0.0.1 or a private-use scheme, without a fragment');
const origin = z
  .string()
  .max(300)
  .refine((text) => URL.parse(text)?.origin === text, 'an origin: scheme, host and port');
const scope = z
  .string()
  .max(600)
  .refine((text) => allowedScopes([text], [text]).length === 1, 'no scope that is known');
const publicKey = z.looseObject({ kty: z.enum(['EC', 'OKP', 'RSA']) }).superRefine((jwk, ctx) => {
  const message = faultOfKey(jwk);
  if (message !== undefined) ctx.addIssue({ code: 'custom', message });
});
const jwks = z.strictObject({ keys: z.array(publicKey).max(20) });

/**
 * An app as an administrator registers it. `public`: code flow without a secret; `confidential`: code flow, with a key or a
 * secret; `backend`: client credentials with a key (SMART Backend Services).
 */
export const newApp = z
  .strictObject({
    clientId: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]{2,63}$/)
      .optional(),
    name: z
      .string()
      .trim()
      .min(1)
      .max(100)
      // nothing that hides or misleads whoever is asked for consent, in a form that generators of requests understand, too
      .regex(/^[ -~\u00a0-\u200a\u2010-\u2027\u202f-\u205f\u2070-\ud7ff\ue000-\ufefe\uff00-\uffef]*$/),
    type: z.enum(['public', 'confidential', 'backend']),
    redirectUris: z.array(redirectUri).max(20).default([]),
    postLogoutRedirectUris: z.array(redirectUri).max(20).default([]),
    /** Origins of its pages, for CORS. */
    origins: z.array(origin).max(20).default([]),
    jwks: jwks.optional(),
    jwksUri: z.url({ protocol: /^https$/ }).optional(),
    scopes: z.array(scope).min(1).max(100),
    /**
     * For what it may use data. Without them: the clinic's own apps for whatever the role of the user may, others for the first purpose
     * of the role.
     */
    purposes: z.array(z.enum(PURPOSES)).min(1).max(PURPOSES.length).optional(),
    /** The clinic's own: nobody is asked for consent. */
    firstParty: z.boolean().default(false),
    /** The algorithm of its ID tokens; access tokens are ES256 with RS256. */
    signingAlgorithm: z.enum(['ES256', 'EdDSA', 'RS256']).default('ES256'),
  })
  .superRefine((app, ctx) => {
    for (const [path, message] of contradictions(app))
      ctx.addIssue({ code: 'custom', path: [path], message });
  });

export type NewApp = z.infer<typeof newApp>;

/** An app with its id. */
export type App = NewApp & { readonly clientId: string };

interface Shape {
  readonly type: 'public' | 'confidential' | 'backend';
  readonly redirectUris: readonly string[];
  readonly jwks?: unknown;
  readonly jwksUri?: unknown;
  readonly scopes: readonly string[];
  readonly firstParty: boolean;
}

function contradictions(app: Shape): [string, string][] {
  const { type, redirectUris, jwks: keys, jwksUri, scopes, firstParty } = app;
  const isAdmin = scopes.includes(ADMIN_SCOPE);
  const hasKey = keys !== undefined || jwksUri !== undefined;
  const wrong: [boolean, string, string][] = [
    [keys !== undefined && jwksUri !== undefined, 'jwksUri', 'jwks or jwksUri, not both'],
    [type === 'backend' && !hasKey, 'jwks', 'a backend app has a key'],
    [type === 'backend' && redirectUris.length > 0, 'redirectUris', 'nobody logs in to a backend app'],
    [type !== 'backend' && redirectUris.length === 0, 'redirectUris', 'at least one is needed'],
    [type === 'public' && hasKey, 'jwks', 'a public app has no key'],
    [isAdmin && !firstParty, 'scopes', `${ADMIN_SCOPE} is for the clinic's own apps (firstParty)`],
    [
      isAdmin && type === 'backend',
      'scopes',
      `${ADMIN_SCOPE} is for people, and for the client of the Secret`,
    ],
  ];
  return wrong.filter(([isWrong]) => isWrong).map(([, path, message]) => [path, message]);
}

/** RFC 7517; RFC 7518, 3.3: what signs with a shorter RSA key is no proof of anybody. */
const LEAST_RSA_BITS = 2_048;

/** Why a key cannot verify an app's assertions. Private parts are its own: who reads the registration would sign like it. */
function faultOfKey(jwk: Readonly<Record<string, unknown>>): string | undefined {
  if ('d' in jwk) return 'a private key: register the public one';
  try {
    const { asymmetricKeyDetails } = createPublicKey({ key: jwk, format: 'jwk' });
    const bits = asymmetricKeyDetails?.modulusLength ?? LEAST_RSA_BITS;
    return bits < LEAST_RSA_BITS ? `an RSA key has ${String(LEAST_RSA_BITS)} bits at least` : undefined;
  } catch {
    return 'no public key';
  }
}

/** A name or an address, and nothing that means something in a content security policy, where it is written. */
const HOST = /^(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*\.?|\[[0-9a-f:.]+\])$/;

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);

function isRedirectUri(text: string): boolean {
  const url = URL.parse(text);
  if (!url || text.includes('#') || url.username !== '' || url.password !== '') return false;
  if (url.protocol === 'https:') return HOST.test(url.hostname);
  if (url.protocol === 'http:') return LOOPBACK.has(url.hostname);
  return url.protocol.includes('.');
}
