import { Unavailable } from '@careplane/kit';
import { errors, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { TOKEN_ALGORITHMS } from '../keys/key-schedule.ts';

export interface AccessTokenOptions {
  readonly keys: JWTVerifyGetKey;
  readonly issuer: string;
  readonly audience: string;
}

/** The claims of an access token of ours (RFC 9068). */
export type AccessClaims = JWTPayload & {
  readonly client_id: string;
  readonly scope?: string;
  readonly role?: string;
  readonly cnf?: { readonly jkt?: string };
};

/** @returns undefined for what is no valid access token of ours. @throws Unavailable when the keys cannot be had */
export async function verifyAccessToken(
  token: string,
  { keys, issuer, audience }: AccessTokenOptions,
): Promise<AccessClaims | undefined> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: [...TOKEN_ALGORITHMS],
      typ: 'at+jwt',
      requiredClaims: ['exp', 'iat', 'sub', 'client_id', 'jti'],
      clockTolerance: 5,
    });
    return payload as AccessClaims;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw new Unavailable(1, { cause: error });
  }
}
