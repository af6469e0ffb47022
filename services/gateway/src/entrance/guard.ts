import { addressBlock, HttpProblem, Unauthorized } from '@careplane/kit';
import type { Caller, Request, RequestHandler, UserAuth } from '@careplane/kit';
import { checkBinding } from './binding.ts';
import type { Replays } from './dpop.ts';
import type { Limits } from './limits.ts';
import { isPublic } from './public-routes.ts';

const users = new WeakMap<Request, Caller>();

/** The caller whose token the guard has verified. @throws Unauthorized on a public route without one. */
export function guardedUser(req: Request): Caller {
  const user = users.get(req);
  if (!user) throw new Unauthorized();
  return user;
}

/** Who is asking, for what is judged by caller: the user, or the address where there is no token. */
export function callerOf(req: Request): string {
  return users.get(req)?.sub ?? addressBlock(req.ip);
}

export interface GuardOptions {
  readonly auth: UserAuth;
  readonly limits: Limits;
  readonly replays: Replays;
  readonly publicUrl?: string | undefined;
}

/**
 * The check at the entrance: a valid token for everything that is not public, used by whom it is bound to, and a limit for
 * everybody: by user with a token, by address without (also for those who come with a bad one).
 */
export function createGuard(options: GuardOptions): RequestHandler {
  const { limits } = options;
  return async (req, _res, next) => {
    if (isPublic(req.method, req.path)) {
      await limits.address(addressBlock(req.ip));
    } else {
      const user = await verify(req, options);
      await limits.user(user.sub);
      users.set(req, user);
    }
    next();
  };
}

async function verify(req: Request, { auth, limits, replays, publicUrl }: GuardOptions): Promise<Caller> {
  try {
    return await checkBinding(req, { auth, replays, publicUrl });
  } catch (error) {
    if (error instanceof HttpProblem && error.status === 401) await limits.address(addressBlock(req.ip));
    throw error;
  }
}
