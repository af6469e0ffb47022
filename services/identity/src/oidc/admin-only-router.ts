import { agentOf, currentSubject, Forbidden, Router, securityAccess, Unauthorized } from '@careplane/kit';
import type { AuditTrail, UserAuth } from '@careplane/kit';
import type { Endings } from './endings.ts';
import { ADMIN_SCOPE } from './smart-scopes.ts';

export interface AdminOnlyParts {
  readonly users: UserAuth;
  readonly endings: Endings;
  readonly audit: AuditTrail;
}

/** Lets administrators in whose app may administer: by role and by scope. Who else tries is recorded. For use as a handler. */
export function adminOnly({ users, endings, audit }: AdminOnlyParts): Router {
  const router = Router({ mergeParams: true });
  router.use(users.require(), async (req, _res, next) => {
    const subject = currentSubject(req);
    const { id, client, token, scopes, role } = subject;
    if (token && (await endings.isOver({ account: id, client, token }))) throw new Unauthorized();
    const reason = role === 'admin' ? (scopes.includes(ADMIN_SCOPE) ? undefined : 'scope') : 'role';
    if (reason !== undefined) {
      const refusal = { kind: 'administer', outcome: 'denied', reason, entities: [] } as const;
      await audit.record([securityAccess({ ...refusal, agent: agentOf(subject) })]);
      throw new Forbidden();
    }
    next();
  });
  return router;
}
