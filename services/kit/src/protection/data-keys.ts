import { randomBytes, randomUUID } from 'node:crypto';
import { Binary } from 'mongodb';
import { Unavailable } from '../http/errors.ts';
import type { Collection } from '../mongo/collection.ts';
import type { CollectionSpec } from '../mongo/collections.ts';
import { isDuplicateKey } from '../mongo/errors.ts';
import type { Mongo } from '../mongo/mongo.ts';
import type { Transaction } from '../mongo/transaction.ts';
import { KEY_BYTES } from './cipher.ts';
import { KeyCache } from './key-cache.ts';
import type { KeyCacheOptions } from './key-cache.ts';
import type { KeyContext, KeyProvider } from './key-provider.ts';

/** A data key as it is stored: wrapped. When it is destroyed only its tombstone is left. */
export interface DataKeyRecord {
  _id: string;
  /** Whose data it encrypts, such as `Patient/<id>`. */
  subject: string;
  purpose: string;
  /** Counts from 1 for each subject and purpose; the highest encrypts. */
  generation: number;
  /** The version of the key-encryption key that wraps it. */
  kek?: string;
  wrapped?: Binary;
  createdAt: Date;
  destroyedAt?: Date;
}

export const dataKeyCollection = {
  name: 'data_keys',
  indexes: [
    { key: { subject: 1, purpose: 1, generation: 1 }, name: 'subject', unique: true },
    { key: { kek: 1, _id: 1 }, name: 'kek' },
  ],
} as const satisfies CollectionSpec;

/** The key was destroyed: what it encrypted can be read by nobody any more. */
export class KeyDestroyed extends Error {
  override readonly name = 'KeyDestroyed';

  readonly keyId: string;

  constructor(keyId: string) {
    super('the data key was destroyed');
    this.keyId = keyId;
  }
}

/** There is no such key. Ciphertexts that name it cannot be read. */
export class KeyMissing extends Error {
  override readonly name = 'KeyMissing';

  readonly keyId: string;

  constructor(keyId: string) {
    super('there is no such data key');
    this.keyId = keyId;
  }
}

export interface DataKeysOptions {
  readonly mongo: Mongo;
  readonly provider: KeyProvider;
  /** The clinic; part of what every key and ciphertext is bound to. */
  readonly tenant: string;
  readonly cache?: KeyCacheOptions;
}

/** Only so many times is a key unwrapped that leaves the cache before it is used. */
const TRIES = 5;

/**
 * A random key of 256 bits for each subject and purpose, wrapped by the key-encryption key. The collection
 * `dataKeyCollection` must be declared.
 */
export class DataKeys {
  readonly tenant: string;
  readonly records: Collection<DataKeyRecord>;
  readonly provider: KeyProvider;
  readonly #cache: KeyCache;
  /** Keys that are being unwrapped; each promise is of a batch and tells which of it failed. */
  readonly #loading = new Map<string, Promise<ReadonlyMap<string, Error>>>();

  constructor({ mongo, provider, tenant, cache }: DataKeysOptions) {
    this.tenant = tenant;
    this.provider = provider;
    this.records = mongo.collection<DataKeyRecord>(dataKeyCollection.name);
    this.#cache = new KeyCache(cache);
  }

  /** Makes a key within the transaction. @returns its id @throws a duplicate key error when the generation is there */
  async create(
    owner: { readonly subject: string; readonly purpose: string; readonly generation?: number },
    tx?: Transaction,
  ): Promise<string> {
    const { subject, purpose, generation = 1 } = owner;
    const _id = randomUUID();
    const key = randomBytes(KEY_BYTES);
    const { version, bytes } = await this.provider.wrap(key, this.contextOf({ _id, subject, purpose }));
    const wrapped = new Binary(bytes);
    const record = { _id, subject, purpose, generation, kek: version, wrapped, createdAt: new Date() };
    await this.records.insert([record], tx);
    this.#cache.put(_id, key); // of a transaction that fails, nothing names it
    return _id;
  }

  /** The key that encrypts for a subject now, made when there is none. @throws KeyDestroyed */
  async obtain(owner: { subject: string; purpose: string }, tx?: Transaction): Promise<string> {
    const options = { sort: { generation: -1 }, projection: { destroyedAt: 1 }, ...tx } as const;
    const found = await this.records.findOne(owner, options);
    if (!found) return this.#createFirst(owner, tx);
    if (found.destroyedAt) throw new KeyDestroyed(found._id);
    return found._id;
  }

  /** Of two who make the first key at once, the second finds that of the first; a transaction is repeated instead. */
  async #createFirst(owner: { subject: string; purpose: string }, tx?: Transaction): Promise<string> {
    try {
      return await this.create(owner, tx);
    } catch (error) {
      if (tx || !isDuplicateKey(error)) throw error;
      return this.obtain(owner);
    }
  }

  /** Brings keys into memory by one query. @throws KeyDestroyed, KeyMissing */
  async prepare(ids: Iterable<string>): Promise<void> {
    const wanted = [...new Set(ids)].filter((id) => !this.#cache.has(id));
    const fresh = wanted.filter((id) => !this.#loading.has(id));
    if (fresh.length > 0) {
      const loading = this.#load(fresh).finally(() => {
        for (const id of fresh) this.#loading.delete(id);
      });
      // Whoever waits is told; that nobody waits any more is no error of the process.
      loading.catch(() => undefined);
      for (const id of fresh) this.#loading.set(id, loading);
    }
    const waiting = wanted.map((id) => ({ id, failures: this.#loading.get(id) }));
    for (const { id, failures } of waiting) {
      const failure = (await failures)?.get(id);
      if (failure !== undefined) throw failure;
    }
  }

  /** Runs `work` with the key, which is overwritten later: `work` must not keep it. @throws KeyDestroyed, KeyMissing */
  async use<T>(id: string, work: (key: Buffer) => T): Promise<T> {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const used = this.#cache.use(id, work);
      if (used) return used.value;
      await this.prepare([id]);
    }
    throw new Unavailable(1);
  }

  /**
   * Destroys all keys of a subject: what they encrypted is unreadable from then on, in every copy and backup that does not
   * hold the wrapped key. Other replicas forget a key after the cache's `maxAgeMs` at the latest. A tombstone stays, so that
   * a late write makes no new key.
   * @param purposes for which there is to be a tombstone even if there was no key: else the first late write would make one
   * @returns how many were destroyed
   */
  async destroy(subject: string, tx: Transaction, purposes: readonly string[] = []): Promise<number> {
    const alive = { subject, wrapped: { $exists: true } };
    const found = await this.records.find(alive, { projection: { _id: 1 }, ...tx });
    await this.records.updateMany(
      alive,
      { $unset: { wrapped: '', kek: '' }, $set: { destroyedAt: new Date() } },
      tx,
    );
    tx.afterCommit(() => {
      for (const { _id } of found) this.#cache.drop(_id);
    });
    for (const purpose of purposes) await this.#bury({ subject, purpose }, tx);
    return found.length;
  }

  /** Those of the subjects that have a key which is not destroyed. */
  async alive(subjects: readonly string[]): Promise<string[]> {
    const filter = { subject: { $in: [...subjects] }, wrapped: { $exists: true } };
    const found = await this.records.find(filter, { projection: { subject: 1 } });
    return [...new Set(found.map(({ subject }) => subject))];
  }

  /** Those of the subjects that have keys, all of which are destroyed. */
  async destroyed(subjects: readonly string[]): Promise<string[]> {
    const found = await this.records.find(
      { subject: { $in: [...subjects] } },
      { projection: { subject: 1, destroyedAt: 1 } },
    );
    const alive = new Set(found.filter(({ destroyedAt }) => !destroyedAt).map(({ subject }) => subject));
    return [...new Set(found.map(({ subject }) => subject))].filter((subject) => !alive.has(subject));
  }

  async #bury(owner: { readonly subject: string; readonly purpose: string }, tx: Transaction): Promise<void> {
    const found = await this.records.findOne(owner, { projection: { _id: 1 }, ...tx });
    if (found) return;
    const at = new Date();
    const tombstone = { _id: randomUUID(), ...owner, generation: 1, createdAt: at, destroyedAt: at };
    await this.records.insert([tombstone], tx);
  }

  contextOf({ _id, subject, purpose }: Pick<DataKeyRecord, '_id' | 'subject' | 'purpose'>): KeyContext {
    return { tenant: this.tenant, subject, keyId: _id, purpose };
  }

  /** Overwrites the keys in memory. */
  close(): void {
    this.#cache.close();
  }

  async #load(ids: readonly string[]): Promise<ReadonlyMap<string, Error>> {
    const found = await this.records.find({ _id: { $in: [...ids] } });
    const byId = new Map(found.map((record) => [record._id, record]));
    const failures = new Map<string, Error>();
    // at the same time: a provider behind a network takes them in one request
    await Promise.all(
      ids.map(async (id) => {
        const record = byId.get(id);
        try {
          if (!record) throw new KeyMissing(id);
          this.#cache.put(id, await this.unwrap(record));
        } catch (error) {
          failures.set(id, error as Error);
        }
      }),
    );
    return failures;
  }

  /** The key of a record; the caller overwrites it. @throws KeyDestroyed, Tampered, UnknownKeyVersion */
  unwrap(record: DataKeyRecord): Promise<Buffer> {
    const { kek, wrapped } = record;
    if (kek === undefined || !wrapped) return Promise.reject(new KeyDestroyed(record._id));
    return this.provider.unwrap({ version: kek, bytes: bytesOf(wrapped) }, this.contextOf(record));
  }
}

/** The bytes of a stored binary. */
export function bytesOf(binary: Binary): Uint8Array {
  return binary.buffer.subarray(0, binary.position);
}
