import { Binary } from 'mongodb';
import { keepDoing } from '../resilience/keep-doing.ts';
import { Tampered } from './cipher.ts';
import { KeyDestroyed } from './data-keys.ts';
import type { DataKeyRecord, DataKeys } from './data-keys.ts';
import { UnknownKeyVersion } from './key-provider.ts';

/** How far a re-wrapping has come. */
export interface RewrapProgress {
  readonly version: string;
  readonly done: number;
  /** Keys that former versions still wrap. */
  readonly left: number;
  /** Keys among these that cannot be unwrapped, by id: their versions must stay, and somebody must look at them. */
  readonly unreadable: readonly string[];
}

export interface RewrapOptions {
  readonly signal: AbortSignal;
  readonly batch?: number;
  /** Awaited before any of so many keys is unwrapped. When it throws, none is. */
  readonly before?: (keys: number) => Promise<void>;
  readonly onProgress?: (progress: RewrapProgress) => void;
}

/**
 * Wraps every data key under the current version. What it has done is in the records themselves: it can be stopped at any
 * point and begun again, by several replicas at once. Ciphertexts are not touched.
 */
export async function rewrap(keys: DataKeys, options: RewrapOptions): Promise<RewrapProgress> {
  const { signal, batch = 200, onProgress } = options;
  const version = await keys.provider.currentVersion();
  // What a replica that is ahead of this one has wrapped is not taken back.
  const announced = (await keys.provider.announcedVersions?.()) ?? [];
  const others = wrappedByOthers([version, ...announced]);
  const unreadable: string[] = [];
  let done = 0;
  const progress = async (): Promise<RewrapProgress> => ({
    version,
    done,
    left: await keys.records.count(others),
    unreadable,
  });
  await announce(keys, others, options);
  for (let after = ''; !signal.aborted;) {
    const records = await keys.records.find(
      { ...others, _id: { $gt: after } },
      { sort: { _id: 1 }, limit: batch },
    );
    const outcomes = await Promise.all(records.map((record) => rewrapOne(keys, record, version)));
    done += outcomes.filter((outcome) => outcome === 'done').length;
    for (const [at, { _id }] of records.entries()) if (outcomes[at] === 'unreadable') unreadable.push(_id);
    const last = records.at(-1);
    if (!last) break;
    after = last._id;
    onProgress?.(await progress());
  }
  return progress();
}

async function announce(
  keys: DataKeys,
  others: ReturnType<typeof wrappedByOthers>,
  { before }: RewrapOptions,
): Promise<void> {
  const waiting = before ? await keys.records.count(others) : 0;
  if (waiting > 0) await before?.(waiting);
}

/** Whoever comes first replaces the wrapped key; another replica's filter then matches nothing. */
async function rewrapOne(
  keys: DataKeys,
  record: DataKeyRecord,
  version: string,
): Promise<'done' | 'none' | 'unreadable'> {
  const { _id, kek, wrapped } = record;
  if (kek === undefined || !wrapped || kek === version) return 'none';
  const key = await unwrapped(keys, record);
  if (!Buffer.isBuffer(key)) return key;
  try {
    const next = await keys.provider.wrap(key, keys.contextOf(record));
    const update = { $set: { kek: next.version, wrapped: new Binary(next.bytes) } };
    const { modifiedCount } = await keys.records.updateOne({ _id, kek, wrapped }, update);
    return modifiedCount === 1 ? 'done' : 'none';
  } finally {
    key.fill(0);
  }
}

async function unwrapped(keys: DataKeys, record: DataKeyRecord): Promise<Buffer | 'none' | 'unreadable'> {
  try {
    return await keys.unwrap(record);
  } catch (error) {
    if (error instanceof KeyDestroyed) return 'none';
    if (error instanceof Tampered || error instanceof UnknownKeyVersion) return 'unreadable';
    throw error;
  }
}

/** The tombstones of destroyed keys have no version. */
function wrappedByOthers(versions: string[]): { kek: { $gt: string; $nin: string[] } } {
  return { kek: { $gt: '', $nin: versions } };
}

export interface KeepRewrappedOptions {
  readonly signal: AbortSignal;
  /** How often it is looked for keys of former versions, in milliseconds. */
  readonly everyMs: number;
  /** Once, before the first pass; tried again until it succeeds. */
  readonly atFirst: () => Promise<void>;
  readonly before: NonNullable<RewrapOptions['before']>;
  readonly onProgress: (progress: RewrapProgress) => void;
  readonly onError: (error: unknown) => void;
}

const BACKOFF = { baseMs: 1_000, capMs: 60_000 };

/** Re-wraps for as long as the service runs, whenever there is something to do. */
export async function keepRewrapped(keys: DataKeys, options: KeepRewrappedOptions): Promise<void> {
  const { signal, everyMs, atFirst, before, onProgress, onError } = options;
  let isFirst = true;
  const round = async (): Promise<void> => {
    if (isFirst) await atFirst();
    isFirst = false;
    const progress = await rewrap(keys, { signal, before, onProgress });
    if (progress.done + progress.left > 0) onProgress(progress);
  };
  await keepDoing(round, { signal, everyMs, backoff: BACKOFF, onError });
}

/** One version of a key-encryption key, as the data uses it. */
export interface VersionUse {
  readonly version: string;
  readonly keys: number;
  /** Some of the data keys that it wraps, by id. */
  readonly examples: readonly string[];
}

/** Which versions wrap data keys. A version of this list must stay in the Secret. */
export async function versionsInUse({ records }: Pick<DataKeys, 'records'>): Promise<VersionUse[]> {
  const uses: VersionUse[] = [];
  for (let after = ''; ;) {
    const next = await records.findOne({ kek: { $gt: after } }, { sort: { kek: 1 }, projection: { kek: 1 } });
    if (next?.kek === undefined) return uses;
    after = next.kek;
    const examples = await records.find({ kek: after }, { limit: 5, projection: { _id: 1 } });
    const count = await records.count({ kek: after });
    uses.push({ version: after, keys: count, examples: examples.map(({ _id }) => _id) });
  }
}

/** The keys of this service do not fit the data: it must not start. */
export class KeysDoNotFit extends Error {
  override readonly name = 'KeysDoNotFit';
}

/**
 * Tries some data keys of each version in use, of which one may be damaged. @throws KeysDoNotFit when none can be unwrapped: the
 * Secret lost a version, or holds another clinic's keys.
 */
export async function requireFittingKeys(keys: DataKeys): Promise<void> {
  for (const { version, keys: count, examples } of await versionsInUse(keys)) {
    const samples = await keys.records.find({ _id: { $in: [...examples] }, kek: version });
    const outcomes: unknown[] = []; // none: re-wrapped meanwhile
    for (const sample of samples) {
      const key = await unwrapped(keys, sample);
      outcomes.push(key);
      if (Buffer.isBuffer(key)) key.fill(0);
    }
    if (outcomes.length === 0 || outcomes.some((outcome) => outcome !== 'unreadable')) continue;
    throw new KeysDoNotFit(
      `keyEncryptionKey does not fit the data: ${String(count)} data keys are wrapped by version ${version}; ` +
        'put that key into keyEncryptionKeyPrevious',
    );
  }
}
