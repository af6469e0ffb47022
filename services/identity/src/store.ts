import { ensureCollections } from '@careplane/kit';
import type { Collection, Mongo } from '@careplane/kit';
import { accountCollections } from './accounts/account.ts';
import type { AccountRecord } from './accounts/account.ts';
import { tokenCollections } from './accounts/account-tokens.ts';
import type { TokenRecord } from './accounts/account-tokens.ts';
import { messageCollections } from './accounts/messages.ts';
import type { MessageRecord } from './accounts/messages.ts';
import { appCollections } from './apps/apps.ts';
import type { AppRecord } from './apps/apps.ts';
import { artifactCollections } from './oidc/artifacts.ts';
import type { ArtifactRecord } from './oidc/artifacts.ts';
import { launchCollections } from './oidc/launches.ts';
import type { LaunchRecord } from './oidc/launches.ts';
import type { ContactPoint, HumanName, Identifier, Qualification } from './fhir/datatypes.ts';
import type { ConsentScope } from './consents/scopes.ts';
import { keyCheckCollections } from './keys/key-check.ts';
import type { KeyCheckRecord } from './keys/key-check.ts';
import type { SigningKeyRecord } from './keys/signing-keys.ts';

export type { AccountRecord } from './accounts/account.ts';

/** What the two kinds of profile share. */
interface ProfileRecord {
  _id: string;
  version: number;
  identifier: Identifier[];
  name: HumanName[];
  telecom: ContactPoint[];
  gender?: string | undefined;
  createdAt: Date;
  updatedAt: Date;
}

export interface PatientRecord extends ProfileRecord {
  birthDate: string;
}

export interface PractitionerRecord extends ProfileRecord {
  /** `system|value` of the first identifier: creating it again finds it. */
  identifierKey: string;
  qualification: Qualification[];
}

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
  readonly patients: Collection<PatientRecord>;
  readonly practitioners: Collection<PractitionerRecord>;
  readonly consents: Collection<ConsentRecord>;
  readonly signingKeys: Collection<SigningKeyRecord>;
  readonly accountTokens: Collection<TokenRecord>;
  readonly accountMessages: Collection<MessageRecord>;
  readonly keyChecks: Collection<KeyCheckRecord>;
  readonly apps: Collection<AppRecord>;
  readonly artifacts: Collection<ArtifactRecord>;
  readonly launches: Collection<LaunchRecord>;
}

/** Makes collections and indexes. */
export async function openStore(mongo: Mongo): Promise<Store> {
  await ensureCollections(mongo, [
    ...accountCollections,
    ...keyCheckCollections,
    ...tokenCollections,
    ...messageCollections,
    ...appCollections,
    ...artifactCollections,
    ...launchCollections,
    {
      name: 'patients',
      indexes: [{ key: { 'identifier.system': 1, 'identifier.value': 1 }, name: 'identifier' }],
    },
    { name: 'practitioners', indexes: [{ key: { identifierKey: 1 }, name: 'identifier', unique: true }] },
    { name: 'signing_keys', indexes: [{ key: { generation: 1 }, name: 'generation', unique: true }] },
    { name: 'consents', indexes: [{ key: { patientId: 1, scope: 1 }, name: 'patient_scope', unique: true }] },
  ]);
  return {
    accounts: mongo.collection<AccountRecord>('accounts'),
    patients: mongo.collection<PatientRecord>('patients'),
    practitioners: mongo.collection<PractitionerRecord>('practitioners'),
    consents: mongo.collection<ConsentRecord>('consents'),
    signingKeys: mongo.collection<SigningKeyRecord>('signing_keys'),
    accountTokens: mongo.collection<TokenRecord>('account_tokens'),
    accountMessages: mongo.collection<MessageRecord>('account_messages'),
    keyChecks: mongo.collection<KeyCheckRecord>('key_checks'),
    apps: mongo.collection<AppRecord>('apps'),
    artifacts: mongo.collection<ArtifactRecord>('oidc_artifacts'),
    launches: mongo.collection<LaunchRecord>('launch_contexts'),
  };
}
