import type { Request, RequestHandler } from 'express';
import { Forbidden, Unauthorized, Unavailable } from '../http/errors.ts';
import { verifyAccessToken } from './access-token.ts';
import type { Issuer } from './access-token.ts';
import { bearerToken, challenge, isTokenFault } from './bearer.ts';
import { setCaller } from './current-user.ts';
import type { Caller, Role } from './current-user.ts';
import { createTokenCache } from './token-cache.ts';

export interface UserAuthOptions {
  /** Who issues access tokens (RFC 9068); a promise while that is not known yet. @throws when it stays unknown */
  readonly provider: () => Issuer | Promise<Issuer>;
  /**
   * What becomes of a token that is bound to a key (`Caller.jkt`) and comes as a bearer token. `refuse` (default), as RFC 9449, 7.2,
   * asks for; `accept` behind the gateway, and in the gateway, which checks the proof itself and passes the token on as a bearer token.
   */
  readonly keyBound?: 'refuse' | 'accept';
}

export interface UserAuth {
  /** Lets callers in whose token is valid and whose role is one of `roles` (any role when none is named). */
  require(...roles: Role[]): RequestHandler;
  /** Verifies the bearer token of a request. @throws Unauthorized, Unavailable when the keys cannot be had. */
  verify(req: Request): Promise<Caller>;
}

/** Large enough for every user of a busy minute; short beside a token's 15 minutes. */
const CACHE = { size: 10_000, maxAgeMs: 30_000 } as const;

/** Verifies tokens of users and apps by the issuer's published keys. */
export function createUserAuth(options: UserAuthOptions): UserAuth {
  const known = createTokenCache<Caller>(CACHE);
  const verify = async (req: Request): Promise<Caller> => {
    try {
      const token = bearerToken(req);
      const cached = known.get(token);
      if (cached) return cached;
      const { caller, expires } = await verifyAccessToken(token, await options.provider());
      if (caller.jkt !== undefined && options.keyBound !== 'accept') throw new Unauthorized();
      known.set(token, caller, expires);
      return caller;
    } catch (error) {
      throw asAnswer(error, req, options);
    }
  };
  return {
    verify,
    require(...roles): RequestHandler {
      return async (req, _res, next) => {
        const caller = await verify(req);
        if (roles.length > 0 && !roles.includes(caller.role)) throw new Forbidden();
        setCaller(req, caller);
        next();
      };
    },
  };
}

/** 401 when the token is at fault, 503 when that cannot be told. */
function asAnswer(error: unknown, req: Request, options: UserAuthOptions): unknown {
  if (!(error instanceof Unauthorized) && !isTokenFault(error))
    return new Unavailable(1, { detail: 'Tokens cannot be verified now', cause: error });
  const isThere = req.get('authorization') !== undefined;
  return new Unauthorized(undefined, {
    cause: error,
    challenge: challenge(req, issuerOf(options), isThere ? 'invalid_token' : undefined),
  });
}

/** The issuer for the challenge, which does not wait for it. */
function issuerOf({ provider }: UserAuthOptions): string | undefined {
  try {
    const known = provider();
    if (!(known instanceof Promise)) return known.issuer;
    known.catch(() => undefined);
  } catch {
    // It is not known: the challenge names no document.
  }
  return undefined;
}
