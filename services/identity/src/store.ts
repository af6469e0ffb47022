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
import { boundAppCollections } from './apps/bound-apps.ts';
import type { BoundAppRecord } from './apps/bound-apps.ts';
import { artifactCollections } from './oidc/artifacts.ts';
import type { ArtifactRecord } from './oidc/artifacts.ts';
import { launchCollections } from './oidc/launches.ts';
import type { LaunchRecord } from './oidc/launches.ts';
import { keyCheckCollections } from './keys/key-check.ts';
import type { KeyCheckRecord } from './keys/key-check.ts';
import type { SigningKeyRecord } from './keys/signing-keys.ts';
import { erasureCollections } from './erasure/index.ts';
import { accessCollections } from './access-facts/access-parts.ts';
import { personCollections } from './persons/person-record.ts';
import type { PersonRecord } from './persons/person-record.ts';
import { PUBLIC_KEYS, publicKeyCollections } from './public-keys/public-key.ts';
import type { PublicKeyRecord } from './public-keys/public-key.ts';

export type { AccountRecord } from './accounts/account.ts';

/** The collections, typed. What is written was validated at the edge; what is read back is what was written. */
export interface Store {
  readonly accounts: Collection<AccountRecord>;
  readonly patients: Collection<PersonRecord>;
  readonly signingKeys: Collection<SigningKeyRecord>;
  readonly accountTokens: Collection<TokenRecord>;
  readonly accountMessages: Collection<MessageRecord>;
  readonly keyChecks: Collection<KeyCheckRecord>;
  readonly apps: Collection<AppRecord>;
  readonly boundApps: Collection<BoundAppRecord>;
  readonly artifacts: Collection<ArtifactRecord>;
  readonly launches: Collection<LaunchRecord>;
  readonly publicKeys: Collection<PublicKeyRecord>;
}

/** Makes collections and indexes. */
export async function openStore(mongo: Mongo): Promise<Store> {
  await ensureCollections(mongo, [
    ...accountCollections,
    ...keyCheckCollections,
    ...tokenCollections,
    ...messageCollections,
    ...appCollections,
    ...boundAppCollections,
    ...artifactCollections,
    ...launchCollections,
    ...publicKeyCollections,
    { name: 'signing_keys', indexes: [{ key: { generation: 1 }, name: 'generation', unique: true }] },
    ...personCollections,
    ...accessCollections,
    ...erasureCollections,
  ]);
  return {
    accounts: mongo.collection<AccountRecord>('accounts'),
    patients: mongo.collection<PersonRecord>('patients'),
    signingKeys: mongo.collection<SigningKeyRecord>('signing_keys'),
    accountTokens: mongo.collection<TokenRecord>('account_tokens'),
    accountMessages: mongo.collection<MessageRecord>('account_messages'),
    keyChecks: mongo.collection<KeyCheckRecord>('key_checks'),
    apps: mongo.collection<AppRecord>('apps'),
    boundApps: mongo.collection<BoundAppRecord>('bound_apps'),
    artifacts: mongo.collection<ArtifactRecord>('oidc_artifacts'),
    launches: mongo.collection<LaunchRecord>('launch_contexts'),
    publicKeys: mongo.collection<PublicKeyRecord>(PUBLIC_KEYS),
  };
}
