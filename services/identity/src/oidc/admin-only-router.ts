import { currentSubject, Forbidden, Router } from '@careplane/kit';
import type { UserAuth } from '@careplane/kit';
import { ADMIN_SCOPE } from './smart-scopes.ts';

/** Lets administrators in whose app may administer: by role and by scope. For use as a handler. */
export function adminOnly(users: UserAuth): Router {
  const router = Router({ mergeParams: true });
  router.use(users.require('admin'), (req, _res, next) => {
    if (!currentSubject(req).scopes.includes(ADMIN_SCOPE)) throw new Forbidden();
    next();
  });
  return router;
}
