import type { Subject } from '@careplane/access';
import type { AuditAgent } from './entry.ts';

/** Who has asked, as an entry says it: ids, and no name. */
export function agentOf({ role, id: account, person, client }: Subject): AuditAgent {
  return { role, account, client, ...(person ? { person: { type: person.type, id: person.id } } : {}) };
}
