import { securityAccess } from '@careplane/kit';
import type { Access, AuditAgent, AuditEntity, SecurityEventKind } from '@careplane/kit';

/** What else is known of an event. */
export interface AppEventParts {
  /** Who did it. Default: the app itself. */
  readonly by?: AuditAgent;
  readonly outcome?: Access['outcome'];
  readonly reason?: string;
  readonly also?: readonly AuditEntity[];
}

/** What an app goes through, for the audit: it is about no patient. */
export function appEvent(
  kind: SecurityEventKind,
  clientId: string,
  { by, outcome, reason, also = [] }: AppEventParts = {},
): Access {
  return securityAccess({
    kind,
    agent: by ?? { role: 'app', account: clientId, client: clientId },
    ...(outcome === undefined ? {} : { outcome }),
    reason,
    entities: [{ type: 'app', id: clientId }, ...also],
  });
}
