import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startMongod } from '@careplane/testing';
import type { RunningMongod } from '@careplane/testing';
import { MongoClient } from 'mongodb';
import type { Db, Document } from 'mongodb';
import { ensureOn, IndexesRefused } from './collections.ts';

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

describe('an index whose keys or options change under one name', () => {
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

describe('a unique index on data that has duplicates', () => {
  const partial = { partialFilterExpression: { 'list.id': { $exists: true } } };

  it.each([
    ['arrays', { 'list.id': 1 }, partial],
    ['sparse', { a: 1, b: 1 }, { sparse: true }],
    ['absent', { c: 1 }, {}],
  ])('stops the service, and the command that it names lists them: %s', async (what, key, options) => {
    const name = `duplicates-${what}`;
    const documents = {
      arrays: [
        { list: [{ id: 'x' }, { id: 'x' }] },
        { list: [{ id: 'y' }, { id: 'x' }] },
        { list: [] },
        { list: [] },
        {},
      ],
      sparse: [{ a: 1 }, { a: 1 }, { a: 1, b: 1 }, {}, {}],
      absent: [{}, { c: null }, { c: 1 }],
    }[what];
    const made = await db.collection(name).insertMany(documents ?? []);
    const specs = [{ name, indexes: [{ key, name: 'one-of', unique: true, ...options }] }];
    const error = await ensureOn(db, specs).then(
      () => undefined,
      (refused: unknown) => refused,
    );
    expect(error).toBeInstanceOf(IndexesRefused);
    const command = /db\.getCollection\("([^"]+)"\)\.aggregate\((\[.*\])\)/.exec(String(error));
    expect(command?.[1]).toBe(name);
    const found = await db.collection(name).aggregate(JSON.parse(command?.[2] ?? '[]') as Document[]).toArray();
    const ids = Object.values(made.insertedIds).slice(0, 2);
    const both = ids.map(String).sort();
    expect(found.map(({ documents }) => (documents as unknown[]).map(String).sort())).toEqual([both]);
    await db.collection(name).deleteMany({ _id: { $in: ids.slice(1) } });
    expect([...(await ensureOn(db, specs)).keys()]).toEqual([name]);
  });
});
