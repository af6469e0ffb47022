import type { AuditTrail, Idempotency, Mongo, Outbox } from '@careplane/kit';
import type { RecordAccesses } from './accesses/record-accesses.ts';
import type { AccountParts } from './accounts/assemble.ts';
import type { Apps } from './apps/apps.ts';
import type { IdentityConfig } from './config.ts';
import type { ErasureOperations } from './erasure/index.ts';
import type { KeyringCache } from './keys/keyring-cache.ts';
import type { IdentitySecrets } from './keys/secrets.ts';
import type { Passwords } from './passwords/passwords.ts';
import type { Oidc } from './oidc/assemble.ts';
import type { Forms } from './pages/forms.ts';
import type { AccessPort } from '@careplane/kit';
import type { FactsParts } from './access-facts/facts.ts';
import type { Persons } from './persons/persons.ts';
import type { Store } from './store.ts';

/** What identity's routes are made from. */
export interface Parts extends AccountParts {
  readonly config: IdentityConfig;
  readonly mongo: Mongo;
  readonly store: Store;
  readonly persons: Persons;
  /** What decisions are made from, and the one place where they are made. */
  readonly facts: FactsParts;
  readonly access: AccessPort;
  readonly erasure: ErasureOperations;
  /** Absent where no call to audit is declared. */
  readonly accesses?: RecordAccesses;
  readonly outbox: Outbox;
  readonly audit: AuditTrail;
  readonly idempotency: Idempotency;
  readonly secrets: IdentitySecrets;
  readonly passwords: Passwords;
  readonly keyring: KeyringCache;
  readonly apps: Apps;
  readonly oidc: Oidc;
  readonly forms: Forms;
}
