import { Unavailable } from '@careplane/kit';
import { errors, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { TOKEN_ALGORITHMS } from '../keys/key-schedule.ts';
import type { Endings, TokenAsked } from './endings.ts';

export interface AccessTokenOptions {
  readonly keys: JWTVerifyGetKey;
  readonly issuer: string;
  readonly audience: string;
  readonly endings: Endings;
}

/** The claims of an access token of ours (RFC 9068). */
export type AccessClaims = JWTPayload & {
  readonly client_id: string;
  readonly scope?: string;
  readonly role?: string;
  readonly cnf?: { readonly jkt?: string };
  readonly auth_time?: number;
  readonly sid?: string;
  readonly grant?: string;
};

/** @returns undefined for what is no valid access token of ours, or one that has ended. @throws Unavailable when the keys cannot be had */
export async function verifyAccessToken(
  token: string,
  { keys, issuer, audience, endings }: AccessTokenOptions,
): Promise<AccessClaims | undefined> {
  let claims: AccessClaims;
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: [...TOKEN_ALGORITHMS],
      typ: 'at+jwt',
      requiredClaims: ['exp', 'iat', 'sub', 'client_id', 'jti'],
      clockTolerance: 5,
    });
    claims = payload as AccessClaims;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw new Unavailable(1, { cause: error });
  }
  const isOver = await endings.isOver(tokenOf(claims));
  return isOver ? undefined : claims;
}

function tokenOf({
  sub = '',
  client_id: client,
  jti = '',
  iat = 0,
  auth_time,
  sid,
  grant,
}: AccessClaims): TokenAsked {
  const marks = { ...(sid === undefined ? {} : { session: sid }), ...(grant === undefined ? {} : { grant }) };
  return { account: sub, client, token: { id: jti, since: auth_time ?? iat, ...marks } };
}
