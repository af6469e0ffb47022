import type { Request, RequestHandler } from 'express';
import { jwtVerify } from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { Forbidden, Unauthorized, Unavailable } from '../http/errors.ts';
import { bearerToken, isTokenFault } from './bearer.ts';
import { ROLES, setCurrentUser } from './current-user.ts';
import type { Role, User } from './current-user.ts';
import { remoteKeys } from './remote-keys.ts';

/** The audience of every user token (docs/concepts/contracts.md). */
export const USER_AUDIENCE = 'careplane';

export type UserAuthOptions = { readonly issuer: string } & (
  | { readonly jwksUrl: string }
  /** The issuer itself has its keys at hand. */
  | { readonly keys: JWTVerifyGetKey }
);

export interface UserAuth {
  /** Lets callers in whose token is valid and whose role is one of `roles` (any role when none is named). */
  require(...roles: Role[]): RequestHandler;
  /** Verifies the bearer token of a request. @throws Unauthorized, Unavailable when the keys cannot be had. */
  verify(req: Request): Promise<User>;
}

const claims = z.object({ sub: z.string().min(1), role: z.enum(ROLES), jti: z.string().min(1) });

/** Verifies user tokens (ES256) by the issuer's published keys. */
export function createUserAuth(options: UserAuthOptions): UserAuth {
  const keys = 'keys' in options ? options.keys : remoteKeys(options.jwksUrl);
  const verify = async (req: Request): Promise<User> => {
    const token = bearerToken(req);
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: options.issuer,
        audience: USER_AUDIENCE,
        algorithms: ['ES256'],
        requiredClaims: ['exp', 'iat'],
        clockTolerance: 5,
      });
      const user = claims.safeParse(payload);
      if (!user.success) throw new Unauthorized();
      return user.data;
    } catch (error) {
      if (error instanceof Unauthorized) throw error;
      if (isTokenFault(error)) throw new Unauthorized(undefined, error);
      throw new Unavailable(1, { detail: 'Tokens cannot be verified now', cause: error });
    }
  };
  return {
    verify,
    require(...roles): RequestHandler {
      return async (req, _res, next) => {
        const user = await verify(req);
        if (roles.length > 0 && !roles.includes(user.role)) throw new Forbidden();
        setCurrentUser(req, user);
        next();
      };
    },
  };
}
