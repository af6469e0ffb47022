import { Unauthorized } from '@careplane/kit';
import type { Request, RequestHandler, User, UserAuth } from '@careplane/kit';
import type { Limits } from './limits.ts';
import { isPublic } from './public-routes.ts';

const users = new WeakMap<Request, User>();

/** The caller whose token the guard has verified. @throws Unauthorized on a public route without one. */
export function guardedUser(req: Request): User {
  const user = users.get(req);
  if (!user) throw new Unauthorized();
  return user;
}

/**
 * The check at the entrance: a valid token for everything that is not public, and a limit for everybody: by user with a
 * token, by address without (also for those who come with a bad one).
 */
export function createGuard(auth: UserAuth, limits: Limits): RequestHandler {
  return async (req, _res, next) => {
    const address = req.socket.remoteAddress ?? 'unknown';
    if (isPublic(req.method, req.path)) {
      await limits.address(address);
    } else {
      const user = await verify(auth, req, () => limits.address(address));
      await limits.user(user.sub);
      users.set(req, user);
    }
    next();
  };
}

async function verify(auth: UserAuth, req: Request, refused: () => Promise<void>): Promise<User> {
  try {
    return await auth.verify(req);
  } catch (error) {
    if (error instanceof Unauthorized) await refused();
    throw error;
  }
}
