import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startMongod } from '@careplane/testing';
import type { RunningMongod } from '@careplane/testing';
import { MongoClient } from 'mongodb';
import type { Document } from 'mongodb';
import { Collection } from './collection.ts';
import { connectionOf } from './connection.ts';
import { findInBatches } from './find-in-batches.ts';

interface Visit {
  readonly _id: string;
  readonly patients: readonly string[];
}

describe('finds of many at the same time', () => {
  let mongod: RunningMongod;
  let client: MongoClient;
  let visits: Collection<Visit>;
  let filters: Document[] = [];
  beforeAll(async () => {
    mongod = await startMongod();
    client = new MongoClient(mongod.uri, { monitorCommands: true });
    client.on('commandStarted', ({ commandName, command }) => {
      if (commandName === 'find') filters.push((command as { readonly filter: Document }).filter);
    });
    await client
      .db('clinic')
      .collection<Visit>('visits')
      .insertMany([
        { _id: '1', patients: ['ann', 'bob'] },
        { _id: '2', patients: ['ann', 'ann'] },
        { _id: '3', patients: ['cid'] },
      ]);
    const connection = connectionOf(client, 'clinic');
    visits = new Collection<Visit>('visits', {
      connectionFor: () => connection,
      insert: () => Promise.reject(new TypeError('nothing is inserted')),
    });
  });
  beforeEach(() => {
    filters = [];
  });
  afterAll(async () => {
    await client.close();
    await mongod.stop();
  });

  it('are one, and each has its own document or none', async () => {
    const found = await Promise.all(['1', 'none', '3', '1'].map((id) => visits.findById(id)));
    expect(found.map((visit) => visit?._id)).toEqual(['1', undefined, '3', '1']);
    expect(filters).toEqual([{ _id: { $in: ['1', 'none', '3'] } }]);
  });

  it('by the id are by equality when there is one, and see what has changed since', async () => {
    expect(await visits.findById('2')).toEqual({ _id: '2', patients: ['ann', 'ann'] });
    await visits.updateOne({ _id: '2' }, { $set: { patients: ['dan'] } });
    expect((await visits.findById('2'))?.patients).toEqual(['dan']);
    await visits.updateOne({ _id: '2' }, { $set: { patients: ['ann', 'ann'] } });
    expect(filters).toEqual([{ _id: '2' }, { _id: '2' }]);
  });

  it('by another key have all documents of it, each once', async () => {
    const ofPatient = findInBatches(visits, {
      filter: (patients) => ({ patients: { $in: [...patients] } }),
      keysOf: ({ patients }) => patients,
      projection: { patients: 1 },
    });
    const found = await Promise.all(['ann', 'bob', 'eve'].map(ofPatient));
    expect(found.map((of) => of.map(({ _id }) => _id))).toEqual([['1', '2'], ['1'], []]);
    expect(filters).toHaveLength(1);
  });
});
