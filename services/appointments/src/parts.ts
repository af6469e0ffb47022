import type { AuditTrail, Idempotency, Mongo, Outbox, Persons, UserAuth } from '@careplane/kit';
import type { SlotRivals } from './booking/slot-rivals.ts';
import type { Store } from './store.ts';

/** What the routes work with. */
export interface Parts {
  readonly mongo: Mongo;
  readonly store: Store;
  readonly outbox: Outbox;
  readonly audit: AuditTrail;
  /** Seals links of pages. */
  readonly linkKey: Uint8Array;
  readonly idempotency: Idempotency;
  readonly users: UserAuth;
  readonly rivals: SlotRivals;
  readonly persons: Persons;
}
