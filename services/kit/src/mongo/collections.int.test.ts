import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startMongod } from '@careplane/testing';
import type { RunningMongod } from '@careplane/testing';
import { MongoClient } from 'mongodb';
import type { Db } from 'mongodb';
import { ensureOn, IndexesRefused } from './collections.ts';

describe('an index whose keys or options change under one name', () => {
  let mongod: RunningMongod;
  let client: MongoClient;
  let db: Db;
  beforeAll(async () => {
    mongod = await startMongod();
    client = new MongoClient(mongod.uri);
    db = client.db('clinic');
  });
  afterAll(async () => {
    await client.close();
    await mongod.stop();
  });

  it.each([
    ['keys', { key: { b: 1 } }, {}],
    ['uniqueness', { key: { a: 1 }, unique: true }, {}],
    ['expiry', { key: { a: 1 }, expireAfterSeconds: 60 }, { expireAfterSeconds: 3_600 }],
  ])('stops the service by other %s and says how it goes on', async (what, wanted, options) => {
    const name = `of-${what}`;
    await db.createIndex(name, { a: 1 }, { name: 'by-a', ...options });
    const specs = [
      {
        name,
        indexes: [
          { key: { c: 1 }, name: 'by-c' },
          { ...wanted, name: 'by-a' },
        ],
      },
    ];
    const refused = ensureOn(db, specs);
    await expect(refused).rejects.toThrow(IndexesRefused);
    await expect(refused).rejects.toThrow(`db.getCollection("${name}").dropIndex("by-a")`);
    await db.collection(name).dropIndex('by-a');
    expect([...(await ensureOn(db, specs)).keys()]).toEqual([name]);
  });
});
