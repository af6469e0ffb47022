import { ensureCollections } from '@careplane/kit';
import type { Collection, Mongo, Role } from '@careplane/kit';
import type { ConsentScope } from './consents/scopes.ts';
import type { SigningKeyRecord } from './keys/signing-keys.ts';
import { accessCollections } from './access-facts/access-parts.ts';
import { personCollections } from './persons/person-record.ts';
import type { PersonRecord } from './persons/person-record.ts';

/** Somebody who can log in. Apart from the profile: whoever reads a profile has no hash in hand. */
export interface AccountRecord {
  /** The FHIR id of the patient or practitioner. */
  _id: string;
  role: Role;
  /** HMAC of the normalized login name: unique, and no address to read. */
  loginKey: string;
  passwordHash: string;
  createdAt: Date;
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
  readonly patients: Collection<PersonRecord>;
  readonly consents: Collection<ConsentRecord>;
  readonly signingKeys: Collection<SigningKeyRecord>;
}

/** Makes collections and indexes. */
export async function openStore(mongo: Mongo): Promise<Store> {
  await ensureCollections(mongo, [
    { name: 'accounts', indexes: [{ key: { loginKey: 1 }, name: 'login', unique: true }] },
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
  };
}
