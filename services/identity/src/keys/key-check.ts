import { createHmac } from 'node:crypto';
import { isDuplicateKey, KeysDoNotFit } from '@careplane/kit';
import type { Collection, CollectionSpec } from '@careplane/kit';
import { openAny, seal } from './seal.ts';
import type { IdentitySecrets } from './secrets.ts';
import type { SigningKeyRecord } from './signing-keys.ts';

/** What tells whether a key is the one that the data was made with. */
export interface KeyCheckRecord {
  readonly _id: 'keyEncryptionKey' | 'lookupKey';
  readonly value: string;
}

export const keyCheckCollections: CollectionSpec[] = [{ name: 'key_checks' }];

/** A key of the Secret is not the one that the data needs: starting would show an empty clinic. */
function mismatch(key: string): KeysDoNotFit {
  return new KeysDoNotFit(
    `identity-keys: ${key} does not fit the data in the database. Put the former value back, ` +
      `or, to replace it, keep the former value as ${key}Previous (docs/operations/identity-keys.md)`,
  );
}

export interface KeyCheckParts {
  readonly checks: Collection<KeyCheckRecord>;
  readonly signingKeys: Collection<SigningKeyRecord>;
  readonly secrets: IdentitySecrets;
}

/** Which keys the data is under: `rotating` when it is one before the current. */
export interface KeyState {
  readonly rotating: boolean;
  /** All data is under the current keys now. */
  settle(): Promise<void>;
}

const CONTEXT = 'careplane-identity/key-check';
const TEXT = 'this value is opened by the key encryption key';

/** @throws KeysDoNotFit when a key does not fit what is in the database */
export async function checkKeys(parts: KeyCheckParts): Promise<KeyState> {
  const encryption = await encryptionIndex(parts);
  const lookup = await lookupIndex(parts);
  const { checks, secrets } = parts;
  const write = async (record: KeyCheckRecord): Promise<void> => {
    const { _id, value } = record;
    const { matchedCount } = await checks.updateOne({ _id }, { $set: { value } });
    if (matchedCount === 0) await insertOnce(checks, record);
  };
  const settle = async (): Promise<void> => {
    await write({ _id: 'keyEncryptionKey', value: await seal(secrets.sealingKey, CONTEXT, TEXT) });
    await write({ _id: 'lookupKey', value: lookupValue(secrets.lookupKey) });
  };
  if (encryption === undefined) await settle(); // there is no data yet
  return { rotating: encryption !== undefined && (encryption > 0 || lookup !== 0), settle };
}

/** The place of the key in use among those given; undefined when there is no data yet. */
async function encryptionIndex({ checks, signingKeys, secrets }: KeyCheckParts): Promise<number | undefined> {
  const known = await checks.findOne({ _id: 'keyEncryptionKey' });
  if (known) return placeOf(secrets, CONTEXT, known.value);
  // Data of before there were checks: its signing keys tell.
  const [record] = await signingKeys.find({}, { sort: { generation: -1 }, limit: 1 });
  if (!record) return undefined;
  const context = `careplane-identity/signing-key/${record._id}`;
  return placeOf(secrets, context, record.sealedPrivateJwk);
}

async function placeOf({ sealingKeys }: IdentitySecrets, context: string, sealed: string): Promise<number> {
  const opened = await openAny(sealingKeys, context, sealed);
  if (!opened) throw mismatch('keyEncryptionKey');
  return opened.place;
}

async function lookupIndex({ checks, secrets }: KeyCheckParts): Promise<number | undefined> {
  const known = await checks.findOne({ _id: 'lookupKey' });
  if (!known) return undefined;
  const index = secrets.lookupKeys.findIndex((key) => lookupValue(key) === known.value);
  if (index < 0) throw mismatch('lookupKey');
  return index;
}

function lookupValue(key: Buffer): string {
  return createHmac('sha256', key).update(CONTEXT).digest('base64url');
}

async function insertOnce(checks: Collection<KeyCheckRecord>, record: KeyCheckRecord): Promise<void> {
  try {
    await checks.insert([record]);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
}
