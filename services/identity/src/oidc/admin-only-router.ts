import { bearerToken, Forbidden } from '@careplane/kit';
import type { RequestHandler, UserAuth } from '@careplane/kit';
import { verifyAccessToken } from './access-tokens.ts';
import type { AccessTokenOptions } from './access-tokens.ts';

/** Lets administrators in: an access token of role `admin`, or (until `/v1` goes) one of `/v1/tokens`. */
export function adminOnly(tokens: AccessTokenOptions, users: UserAuth): RequestHandler {
  return async (req, _res, next) => {
    const claims = await verifyAccessToken(bearerToken(req), tokens);
    const role = claims ? claims.role : (await users.verify(req)).role;
    if (role !== 'admin') throw new Forbidden();
    next();
  };
}
