import type { Request } from 'express';
import { errors } from 'jose';
import { Unauthorized } from '../http/errors.ts';

/** The bearer token of a request (RFC 6750, 2.1). @throws Unauthorized without one. */
export function bearerToken(req: Request): string {
  const token = /^Bearer ([\w~+/.=-]{1,8192})$/i.exec(req.get('authorization') ?? '')?.[1];
  if (token === undefined) throw new Unauthorized();
  return token;
}

/** What is wrong with a request's credentials (RFC 6750, 3.1): nothing when there are none. */
export type TokenError = 'invalid_token' | 'insufficient_scope';

/**
 * The WWW-Authenticate of an answer (RFC 6750, 3). Under `/fhir` it says where the resource's metadata are (RFC 9728, 5.1), by which
 * a client finds the authorization server.
 */
export function challenge(
  req: Request,
  issuer: string | undefined,
  error?: TokenError,
  scope?: string,
): string {
  const isFhir = /^\/fhir(\/|$)/.test(req.originalUrl);
  const parameters = [
    'realm="careplane"',
    ...(error === undefined ? [] : [`error="${error}"`]),
    ...(scope === undefined ? [] : [`scope="${scope}"`]),
    ...(isFhir && issuer !== undefined ? [`resource_metadata="${resourceMetadataUrl(issuer)}"`] : []),
  ];
  return `Bearer ${parameters.join(', ')}`;
}

/** Where the metadata of the FHIR endpoint are (RFC 9728, 3). */
export function resourceMetadataUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}${RESOURCE_METADATA_PATH}`;
}

export const RESOURCE_METADATA_PATH = '/.well-known/oauth-protected-resource/fhir/R4';

/** Whether jose found the token at fault (and not the network on the way to the keys). */
export function isTokenFault(error: unknown): boolean {
  const faults = [
    errors.JWTExpired,
    errors.JWTInvalid,
    errors.JWTClaimValidationFailed,
    errors.JWSInvalid,
    errors.JWSSignatureVerificationFailed,
    errors.JWKSNoMatchingKey,
    errors.JWKSMultipleMatchingKeys,
    errors.JOSEAlgNotAllowed,
    errors.JOSENotSupported,
  ];
  return faults.some((fault) => error instanceof fault);
}
