import { createHmac } from 'node:crypto';
import { insertUnlessThere, KeysDoNotFit } from '@careplane/kit';
import type { Collection, CollectionSpec } from '@careplane/kit';
import { openAny, seal } from './seal.ts';
import { isLasting } from './secrets.ts';
import type { IdentitySecrets } from './secrets.ts';
import type { SigningKeyRecord } from './signing-keys.ts';

/** What tells whether a key is the one that the data was made with. */
export interface KeyCheckRecord {
  readonly _id: 'keyEncryptionKey' | 'lookupKey';
  readonly value: string;
  /** Of the lookup key: the others under which accounts were found then. When one is gone they are to lose it. */
  readonly also?: readonly string[];
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

/** Which keys the data is under: `rotating` when there is something to bring under the current ones. */
export interface KeyState {
  readonly rotating: boolean;
  /** Whether it is still to be written down that the data is under the current keys. */
  isUnsettled(): Promise<boolean>;
  /** All data is under the current keys now. Says nothing when other replicas have gone on to announced ones. */
  settle(): Promise<void>;
}

const CONTEXT = 'careplane-identity/key-check';
const TEXT = 'this value is opened by the key encryption key';

/** Of the key that the data is under. `next`: replicas that are ahead have brought it under an announced one. */
type Standing = 'current' | 'former' | 'next';

/** @throws KeysDoNotFit when a key does not fit what is in the database */
export async function checkKeys(parts: KeyCheckParts): Promise<KeyState> {
  const { checks } = parts;
  const encryption = await encryptionStanding(parts);
  const lookup = await lookupStanding(parts);
  const write = async (record: KeyCheckRecord): Promise<void> => {
    const { _id, ...fields } = record;
    const { matchedCount } = await checks.updateOne({ _id }, { $set: fields });
    if (matchedCount === 0) await insertUnlessThere(checks, record);
  };
  const isUnsettled = async (): Promise<boolean> =>
    isOpen(await encryptionStanding(parts)) || isOpen(await lookupStanding(parts));
  const settle = async (): Promise<void> => {
    const { sealingKey, nameKeys } = parts.secrets;
    if (isOpen(await encryptionStanding(parts)))
      await write({ _id: 'keyEncryptionKey', value: await seal(sealingKey, CONTEXT, TEXT) });
    if (!isOpen(await lookupStanding(parts))) return;
    const [value = '', ...also] = nameKeys.map(lookupValue);
    await write({ _id: 'lookupKey', value, also });
  };
  if (encryption === undefined) await settle(); // there is no data yet
  return {
    rotating: encryption !== undefined && (isOpen(encryption) || isOpen(lookup)),
    isUnsettled,
    settle,
  };
}

/** Whether it is to be written down that the data is under the current key. */
function isOpen(standing: Standing | undefined): boolean {
  return standing === 'former' || standing === undefined;
}

async function encryptionStanding({
  checks,
  signingKeys,
  secrets,
}: KeyCheckParts): Promise<Standing | undefined> {
  const known = await checks.findOne({ _id: 'keyEncryptionKey' });
  if (known) return standingOf(secrets, CONTEXT, known.value);
  // Data of before there were checks: its signing keys tell.
  const [record] = await signingKeys.find({}, { sort: { generation: -1 }, limit: 1 });
  if (!record) return undefined;
  const context = `careplane-identity/signing-key/${record._id}`;
  return standingOf(secrets, context, record.sealedPrivateJwk);
}

async function standingOf(secrets: IdentitySecrets, context: string, sealed: string): Promise<Standing> {
  const opened = await openAny(secrets.sealingKeys, context, sealed);
  if (!opened) throw mismatch('keyEncryptionKey');
  if (opened.place === 0) return 'current';
  return isLasting(secrets, opened.place) ? 'next' : 'former';
}

async function lookupStanding({ checks, secrets }: KeyCheckParts): Promise<Standing | undefined> {
  const known = await checks.findOne({ _id: 'lookupKey' });
  if (!known) return undefined;
  const { value, also = [] } = known;
  const has = (keys: readonly Buffer[], mark: string): boolean =>
    keys.some((key) => lookupValue(key) === mark);
  if (!has(secrets.lookupKeys, value)) throw mismatch('lookupKey');
  if (has(secrets.nextLookupKeys, value)) return 'next';
  const isGone = also.some((mark) => !has(secrets.nameKeys, mark));
  return has([secrets.lookupKey], value) && !isGone ? 'current' : 'former';
}

function lookupValue(key: Buffer): string {
  return createHmac('sha256', key).update(CONTEXT).digest('base64url');
}
