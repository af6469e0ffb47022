import { securityAccess } from '@careplane/kit';
import type { Access, AuditAgent, AuditEntity, SecurityEventKind } from '@careplane/kit';
import { personOf } from '../accounts/account.ts';
import type { AccountRecord } from '../accounts/account.ts';

/** What else is known of an event. */
export interface AccountEventParts {
  /** Who did it. Default: the owner of the account. */
  readonly by?: AuditAgent | undefined;
  /** Default `granted`. */
  readonly outcome?: Access['outcome'];
  readonly reason?: string;
  /** The app in which the owner did it. */
  readonly client?: string | undefined;
  /** What it is about beside the account. */
  readonly also?: readonly AuditEntity[];
}

/**
 * What an account goes through, for the audit. Whose it is sees it: a patient as what is about themselves, a practitioner by the Practitioner
 * among the entities.
 */
export function accountEvent(
  kind: SecurityEventKind,
  account: AccountRecord,
  { by, outcome, reason, client, also = [] }: AccountEventParts = {},
): Access {
  const person = personOf(account);
  return securityAccess({
    kind,
    agent: by ?? ownerAgent(account, client),
    ...(outcome === undefined ? {} : { outcome }),
    reason,
    entities: [
      { type: 'account', id: account._id },
      ...(person?.type === 'Practitioner' ? [{ type: 'Practitioner', id: person.id }] : []),
      ...also,
    ],
    patient: person?.type === 'Patient' ? person.id : undefined,
  });
}

/** The owner of an account as who did something. */
export function ownerAgent(account: AccountRecord, client?: string): AuditAgent {
  const person = personOf(account);
  return {
    role: account.role,
    account: account._id,
    ...(person ? { person: { type: person.type, id: person.id } } : {}),
    ...(client === undefined ? {} : { client }),
  };
}
