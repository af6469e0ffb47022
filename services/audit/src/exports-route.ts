import { agentOf, currentSubject, Forbidden, purposeOf, requestSignal } from '@careplane/kit';
import type { Access, AccessPort, AuditTrail, RequestHandler, UserAuth } from '@careplane/kit';

/** What is exported: sealed records, which are AuditEvents to whoever may read them. */
const TYPE = 'AuditEvent';

export interface ExportParts {
  readonly users: Pick<UserAuth, 'require'>;
  readonly access: Pick<AccessPort, 'decideAll'>;
  readonly audit: Pick<AuditTrail, 'record'>;
}

/** Lets through who may have sealed records. Each request is an entry of the audit before it is answered, refused ones too. */
export function exportGuards({ users, access, audit }: ExportParts): RequestHandler[] {
  const decide: RequestHandler = async (req, _res, next) => {
    const subject = currentSubject(req);
    const purpose = purposeOf(req, subject);
    const decision = await access.decideAll(subject, 'export', TYPE, { purpose, signal: requestSignal(req) });
    const asked: Omit<Access, 'outcome'> = {
      action: 'export',
      agent: agentOf(subject),
      purpose,
      entities: [{ type: TYPE }],
    };
    if (decision.effect === 'deny') {
      await audit.record([{ ...asked, outcome: 'denied', reason: decision.reason }]);
      throw new Forbidden();
    }
    await audit.record([{ ...asked, outcome: 'granted' }]);
    next();
  };
  return [users.require(), decide];
}
