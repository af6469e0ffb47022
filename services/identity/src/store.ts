import { ensureCollections } from '@careplane/kit';
import type { Collection, Mongo } from '@careplane/kit';
import { accountCollections } from './accounts/account.ts';
import type { AccountRecord } from './accounts/account.ts';
import { appCollections } from './apps/apps.ts';
import type { AppRecord } from './apps/apps.ts';
import { artifactCollections } from './oidc/artifacts.ts';
import type { ArtifactRecord } from './oidc/artifacts.ts';
import { launchCollections } from './oidc/launches.ts';
import type { LaunchRecord } from './oidc/launches.ts';
import type { ConsentScope } from './consents/scopes.ts';
import type { SigningKeyRecord } from './keys/signing-keys.ts';
import { accessCollections } from './access-facts/access-parts.ts';
import { personCollections } from './persons/person-record.ts';
import type { PersonRecord } from './persons/person-record.ts';

export type { AccountRecord } from './accounts/account.ts';

export interface ConsentRecord {
  /** `<patient>|<scope>`. */
  _id: string;
  patientId: string;
  scope: ConsentScope;
  granted: boolean;
  version: number;
  updatedAt: Date;
}

/** The collections, typed. What is written was validated at the edge; what is read back is what was written. */
export interface Store {
  readonly accounts: Collection<AccountRecord>;
  readonly patients: Collection<PersonRecord>;
  readonly consents: Collection<ConsentRecord>;
  readonly signingKeys: Collection<SigningKeyRecord>;
  readonly apps: Collection<AppRecord>;
  readonly artifacts: Collection<ArtifactRecord>;
  readonly launches: Collection<LaunchRecord>;
}

/** Makes collections and indexes. */
export async function openStore(mongo: Mongo): Promise<Store> {
  await ensureCollections(mongo, [
    ...accountCollections,
    ...appCollections,
    ...artifactCollections,
    ...launchCollections,
    { name: 'signing_keys', indexes: [{ key: { generation: 1 }, name: 'generation', unique: true }] },
    { name: 'consents', indexes: [{ key: { patientId: 1, scope: 1 }, name: 'patient_scope', unique: true }] },
    ...personCollections,
    ...accessCollections,
  ]);
  return {
    accounts: mongo.collection<AccountRecord>('accounts'),
    patients: mongo.collection<PersonRecord>('patients'),
    consents: mongo.collection<ConsentRecord>('consents'),
    signingKeys: mongo.collection<SigningKeyRecord>('signing_keys'),
    apps: mongo.collection<AppRecord>('apps'),
    artifacts: mongo.collection<ArtifactRecord>('oidc_artifacts'),
    launches: mongo.collection<LaunchRecord>('launch_contexts'),
  };
}
