import { currentSubject, Forbidden, Router, Unauthorized } from '@careplane/kit';
import type { UserAuth } from '@careplane/kit';
import type { Endings } from './endings.ts';
import { ADMIN_SCOPE } from './smart-scopes.ts';

/** Lets administrators in whose app may administer: by role and by scope. For use as a handler. */
export function adminOnly(users: UserAuth, endings: Endings): Router {
  const router = Router({ mergeParams: true });
  router.use(users.require('admin'), async (req, _res, next) => {
    const { id, client, token, scopes } = currentSubject(req);
    if (token && (await endings.isOver({ account: id, client, token }))) throw new Unauthorized();
    if (!scopes.includes(ADMIN_SCOPE)) throw new Forbidden();
    next();
  });
  return router;
}
