import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Mongo } from '@careplane/kit';
import { createTestTrail } from '@careplane/kit/testing';
import type { TestTrail } from '@careplane/kit/testing';
import { MongoClient, MongoServerError } from 'mongodb';
import { loadKeyring } from './signing-keys.ts';
import type { KeyStore, SigningKeyRecord } from './signing-keys.ts';

const newKey = (): Parameters<typeof loadKeyring>[1] => ({
  sealingKeys: [randomBytes(32)],
  nextSealingKeys: [],
});

describe('the first signing key', () => {
  const client = new MongoClient('mongodb://127.0.0.1:1');
  afterEach(() => client.close());

  /** The server steps down at the first insert: what is no part of a transaction has then failed. */
  function storeInFailover(): { store: KeyStore; kept: SigningKeyRecord[] } {
    const kept: SigningKeyRecord[] = [];
    let inserts = 0;
    const insert = (documents: SigningKeyRecord[]): Promise<void> => {
      inserts += 1;
      if (inserts === 1) return Promise.reject(steppedDown());
      kept.push(...documents);
      return Promise.resolve();
    };
    const mongo = { startSession: () => client.startSession() } as unknown as Mongo;
    const records = { insert, find: () => Promise.resolve([...kept]) } as unknown as KeyStore['records'];
    return { store: { mongo, records, audit: createTestTrail() }, kept };
  }

  it('is made once, though the database fails over meanwhile', async () => {
    const { store, kept } = storeInFailover();
    const { signer, jwks } = await loadKeyring(store, newKey());
    expect(kept.map(({ generation, alg }) => [generation, alg])).toEqual([
      [1, 'ES256'],
      [2, 'EdDSA'],
      [3, 'RS256'],
    ]);
    expect(kept[0]?._id).toBe(signer.kid);
    expect(jwks.keys).toHaveLength(3);
  });
});

describe('signing keys that cannot be opened', () => {
  const client = new MongoClient('mongodb://127.0.0.1:1');
  afterEach(() => client.close());
  const DAY = 86_400_000;

  /** A store in memory, at a time that the test sets. */
  function storeAt(clock: { now: number }): KeyStore & { readonly audit: TestTrail } {
    const audit = createTestTrail();
    let kept: SigningKeyRecord[] = [];
    const records = {
      insert: (documents: SigningKeyRecord[]) => Promise.resolve(void kept.push(...documents)),
      find: () => Promise.resolve([...kept].sort((a, b) => b.generation - a.generation)),
      deleteMany: ({ _id: id }: { _id: string }) => {
        kept = kept.filter(({ _id }) => _id !== id);
        return Promise.resolve({ deletedCount: 1 });
      },
    };
    const mongo = { startSession: () => client.startSession() };
    return {
      mongo: mongo as unknown as Mongo,
      records: records as unknown as KeyStore['records'],
      audit,
      life: { activeMs: 30 * DAY, aheadMs: DAY, keptMs: DAY },
      now: () => new Date(clock.now),
    };
  }

  it('sign nothing, are told of, and leave the published ones when what they have signed is over', async () => {
    const clock = { now: Date.now() };
    const store = storeAt(clock);
    const lost = (await loadKeyring(store, newKey())).jwks.keys.map(({ kid = '' }) => kid);
    clock.now += DAY;
    const key = newKey();
    const keyring = await loadKeyring(store, key);
    expect([...keyring.closed].sort()).toEqual([...lost].sort());
    expect(keyring.signing.filter(({ kid = '' }) => lost.includes(kid))).toEqual([]);
    expect(lost).not.toContain(keyring.signer.kid);
    expect(keyring.jwks.keys.map(({ kid }) => kid)).toEqual(expect.arrayContaining(lost));
    clock.now += DAY + 1;
    const after = await loadKeyring(store, key);
    expect(after.closed).toEqual([]);
    expect(after.jwks.keys.filter(({ kid = '' }) => lost.includes(kid))).toEqual([]);
    expect(after.signer.kid).toBe(keyring.signer.kid);
    const told = Map.groupBy(store.audit.entries, ({ action }) => action);
    const retired = told.get('signing-key-retired')?.map(({ entities }) => entities[0]?.id);
    expect(retired?.sort()).toEqual([...lost].sort());
    expect(told.get('signing-key-made')).toHaveLength(6);
  });
});

function steppedDown(): MongoServerError {
  const error = new MongoServerError({ message: 'not primary', code: 10_107 });
  error.addErrorLabel('TransientTransactionError');
  return error;
}
