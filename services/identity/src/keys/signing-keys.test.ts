import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Mongo } from '@careplane/kit';
import { MongoClient, MongoServerError } from 'mongodb';
import { loadKeyring } from './signing-keys.ts';
import type { KeyStore, SigningKeyRecord } from './signing-keys.ts';

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
    return { store: { mongo, records }, kept };
  }

  it('is made once, though the database fails over meanwhile', async () => {
    const { store, kept } = storeInFailover();
    const { signer, jwks } = await loadKeyring(store, randomBytes(32));
    expect(kept.map(({ generation, alg }) => [generation, alg])).toEqual([
      [1, 'ES256'],
      [2, 'EdDSA'],
      [3, 'RS256'],
    ]);
    expect(kept[0]?._id).toBe(signer.kid);
    expect(jwks.keys).toHaveLength(3);
  });
});

function steppedDown(): MongoServerError {
  const error = new MongoServerError({ message: 'not primary', code: 10_107 });
  error.addErrorLabel('TransientTransactionError');
  return error;
}
