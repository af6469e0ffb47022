import { randomUUID } from 'node:crypto';
import { isDuplicateKey, securityAccess, serviceAgent, withTransaction } from '@careplane/kit';
import type { Access, AuditTrail, Collection, Mongo, SecurityEventKind } from '@careplane/kit';
import { exportJWK, generateKeyPair, importJWK } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import { scheduleKeys } from './key-schedule.ts';
import type { KeyLife, ScheduledKey, SigningAlgorithm } from './key-schedule.ts';
import { openAny, seal } from './seal.ts';
import { isLasting } from './secrets.ts';
import type { IdentitySecrets } from './secrets.ts';

export const SIGNING_ALGORITHM = 'ES256';

/** A key as it is stored: the private part sealed, bound to its id. */
export interface SigningKeyRecord {
  readonly _id: string;
  /** 1 for the first key, of whatever algorithm. Unique: replicas that start together agree. */
  readonly generation: number;
  /** Absent: ES256. */
  readonly alg?: SigningAlgorithm;
  readonly sealedPrivateJwk: string;
  readonly publicJwk: JWK;
  readonly createdAt: Date;
  /** It signs from then on; it is published before, so that every verifier knows it in time. */
  readonly activeFrom: Date;
}

/** A key that signs. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
}

/** All keys at a moment. */
export interface Keyring {
  /** The newest active key of ES256. */
  readonly signer: SigningKey;
  /** Private keys that can be opened and are active, with `kid` and `alg`; of each algorithm the one that signs first. */
  readonly signing: readonly JWK[];
  /** Every key that may have signed a valid token, or soon will. */
  readonly jwks: { keys: JWK[] };
  /** Keys that cannot be opened. They sign nothing and are published until what they have signed is over. */
  readonly closed: readonly string[];
}

/** Where the keys are. */
export interface KeyStore {
  readonly mongo: Mongo;
  readonly records: Collection<SigningKeyRecord>;
  readonly audit: AuditTrail;
  readonly life?: KeyLife;
  readonly now?: () => Date;
}

type SealingKeys = Pick<IdentitySecrets, 'sealingKeys' | 'nextSealingKeys'>;

const DAY = 86_400_000;
const LIFE: KeyLife = { activeMs: 30 * DAY, aheadMs: DAY, keptMs: DAY };

/**
 * Loads the keyring and keeps the schedule: makes the keys that are due, removes those that nothing valid is signed by.
 * Safe when several replicas do it at once: the generation is unique, the second takes the first's key.
 * @param keys what a former one of them opens is sealed anew under the current one
 */
export async function loadKeyring(store: KeyStore, keys: SealingKeys): Promise<Keyring> {
  const { life = LIFE, now = () => new Date() } = store;
  for (let round = 0; round < 4; round += 1) {
    const found = await store.records.find({}, { sort: { generation: -1 } });
    const opened = await openAll(store, found, keys);
    const { add, remove } = scheduleKeys(
      found.map((record) => scheduled(record, opened)),
      life,
      now(),
    );
    for (const kid of remove) await retire(store, kid);
    if (add.length === 0) return keyringOf(found, opened, { removed: remove, now: now() });
    const next = (found[0]?.generation ?? 0) + 1;
    for (const [index, key] of add.entries()) await addKey(store, { ...key, generation: next + index }, keys);
  }
  throw new TypeError('no signing key can be opened with the key encryption key');
}

/** Of replicas that remove a key at the same time, one records it. */
function retire({ mongo, records, audit }: KeyStore, kid: string): Promise<void> {
  return withTransaction(mongo, async (tx) => {
    const { deletedCount } = await records.deleteMany({ _id: kid }, tx);
    if (deletedCount === 1) await audit.add(tx, [keyEvent('signing-key-retired', kid)]);
  });
}

function keyEvent(kind: SecurityEventKind, kid: string): Access {
  return securityAccess({
    kind,
    agent: serviceAgent('identity'),
    entities: [{ type: 'signing-key', id: kid }],
  });
}

interface Opened {
  readonly record: SigningKeyRecord;
  readonly jwk: JWK;
}

async function keyringOf(
  found: readonly SigningKeyRecord[],
  opened: readonly Opened[],
  { removed, now }: { removed: readonly string[]; now: Date },
): Promise<Keyring> {
  const active = opened
    .filter(({ record }) => record.activeFrom <= now && !removed.includes(record._id))
    .sort((a, b) => b.record.activeFrom.getTime() - a.record.activeFrom.getTime());
  const newest = active.find(({ record }) => algorithmOf(record) === SIGNING_ALGORITHM);
  const published = found.filter(({ _id }) => !removed.includes(_id));
  if (!newest) throw new TypeError('no signing key is active');
  const privateKey = (await importJWK(newest.jwk, SIGNING_ALGORITHM)) as CryptoKey;
  return {
    signer: { kid: newest.record._id, privateKey },
    signing: active.map(({ record, jwk }) => ({ ...jwk, ...labels(record) })),
    jwks: { keys: published.map(publicKey) },
    closed: published.filter((record) => isClosed(record, opened)).map(({ _id }) => _id),
  };
}

async function openAll(
  store: KeyStore,
  records: readonly SigningKeyRecord[],
  keys: SealingKeys,
): Promise<Opened[]> {
  const opened: Opened[] = [];
  for (const record of records) {
    const jwk = await openKey(store, record, keys);
    if (jwk) opened.push({ record, jwk });
  }
  return opened;
}

/** The private key; undefined when it is sealed under a key that nobody has any more. */
async function openKey(
  store: KeyStore,
  record: SigningKeyRecord,
  keys: SealingKeys,
): Promise<JWK | undefined> {
  const context = contextOf(record._id);
  const opened = await openAny(keys.sealingKeys, context, record.sealedPrivateJwk);
  if (!opened) return undefined;
  const [current] = keys.sealingKeys;
  if (current && !isLasting(keys, opened.place))
    await reseal(store, record, await seal(current, context, opened.text));
  return JSON.parse(opened.text) as JWK;
}

async function reseal({ records }: KeyStore, record: SigningKeyRecord, sealed: string): Promise<void> {
  const same = { _id: record._id, sealedPrivateJwk: record.sealedPrivateJwk };
  await records.updateOne(same, { $set: { sealedPrivateJwk: sealed } });
}

interface NewKey {
  readonly alg: SigningAlgorithm;
  readonly activeFrom: Date;
  readonly generation: number;
}

async function addKey(
  { mongo, records, audit }: KeyStore,
  key: NewKey,
  { sealingKeys }: SealingKeys,
): Promise<void> {
  const [sealingKey] = sealingKeys;
  if (!sealingKey) throw new TypeError('no key encryption key');
  const { publicKey: open, privateKey } = await generateKeyPair(key.alg, { extractable: true });
  const kid = randomUUID();
  try {
    const text = JSON.stringify(await exportJWK(privateKey));
    const record = {
      _id: kid,
      ...key,
      sealedPrivateJwk: await seal(sealingKey, contextOf(kid), text),
      publicJwk: await exportJWK(open),
      createdAt: new Date(),
    };
    // In a transaction, which is repeated: a failover now would else end the start of the service.
    await withTransaction(mongo, async (tx) => {
      await records.insert([record], tx);
      await audit.add(tx, [keyEvent('signing-key-made', kid)]);
    });
  } catch (error) {
    if (!isDuplicateKey(error)) throw error; // another replica was first: its key is read next
  }
}

function algorithmOf({ alg = SIGNING_ALGORITHM }: SigningKeyRecord): SigningAlgorithm {
  return alg;
}

function isClosed({ _id }: SigningKeyRecord, opened: readonly Opened[]): boolean {
  return !opened.some(({ record }) => record._id === _id);
}

function scheduled(record: SigningKeyRecord, opened: readonly Opened[]): ScheduledKey {
  const { _id, activeFrom } = record;
  return { _id, alg: algorithmOf(record), activeFrom, isClosed: isClosed(record, opened) };
}

function labels(record: SigningKeyRecord): { kid: string; alg: string; use: string } {
  return { kid: record._id, alg: algorithmOf(record), use: 'sig' };
}

function publicKey(record: SigningKeyRecord): JWK {
  return { ...record.publicJwk, ...labels(record) };
}

/** The context that ties a sealed key to its record. */
function contextOf(kid: string): string {
  return `careplane-identity/signing-key/${kid}`;
}
