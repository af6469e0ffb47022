import type { Request, RequestHandler } from 'express';
import { jwtVerify } from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { Forbidden, Unauthorized, Unavailable } from '../http/errors.ts';
import { bearerToken, isTokenFault } from './bearer.ts';
import { ROLES, setCurrentUser } from './current-user.ts';
import type { Role, User } from './current-user.ts';
import { createTokenCache } from './token-cache.ts';

/** The audience of every user token (docs/concepts/contracts.md). */
export const USER_AUDIENCE = 'careplane';

export interface UserAuthOptions {
  readonly issuer: string;
  /** The issuer's keys: `remoteKeys`, but for the issuer itself, which has them at hand. */
  readonly keys: JWTVerifyGetKey;
}

export interface UserAuth {
  /** Lets callers in whose token is valid and whose role is one of `roles` (any role when none is named). */
  require(...roles: Role[]): RequestHandler;
  /** Verifies the bearer token of a request. @throws Unauthorized, Unavailable when the keys cannot be had. */
  verify(req: Request): Promise<User>;
}

/** Large enough for every user of a busy minute; short beside a token's 15 minutes. */
const CACHE = { size: 10_000, maxAgeMs: 30_000 } as const;

const claims = z.object({ sub: z.string().min(1), role: z.enum(ROLES), jti: z.string().min(1) });

/** Verifies user tokens (ES256) by the issuer's published keys. */
export function createUserAuth(options: UserAuthOptions): UserAuth {
  const { issuer, keys } = options;
  const known = createTokenCache<User>(CACHE);
  const verify = async (req: Request): Promise<User> => {
    const token = bearerToken(req);
    const cached = known.get(token);
    if (cached) return cached;
    const { user, expires } = await verifyToken(token, keys, issuer);
    known.set(token, user, expires);
    return user;
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

async function verifyToken(
  token: string,
  keys: JWTVerifyGetKey,
  issuer: string,
): Promise<{ user: User; expires: number }> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: USER_AUDIENCE,
      algorithms: ['ES256'],
      requiredClaims: ['exp', 'iat'],
      clockTolerance: 5,
    });
    const user = claims.safeParse(payload);
    if (!user.success) throw new Unauthorized();
    return { user: user.data, expires: payload.exp ?? 0 };
  } catch (error) {
    if (error instanceof Unauthorized) throw error;
    if (isTokenFault(error)) throw new Unauthorized(undefined, error);
    throw new Unavailable(1, { detail: 'Tokens cannot be verified now', cause: error });
  }
}
