import type { Request } from 'express';
import { errors } from 'jose';
import { Unauthorized } from '../http/errors.ts';

/** The bearer token of a request (RFC 6750, 2.1). @throws Unauthorized without one. */
export function bearerToken(req: Request): string {
  const token = /^Bearer ([\w~+/.=-]{1,8192})$/i.exec(req.get('authorization') ?? '')?.[1];
  if (token === undefined) throw new Unauthorized();
  return token;
}

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
