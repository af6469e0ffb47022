import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startMongod, until } from '@careplane/testing';
import type { RunningMongod } from '@careplane/testing';
import { MongoClient } from 'mongodb';
import { metricOf, startOn } from '../../test/ground.ts';
import { moreOf, startLoad } from '../../test/load.ts';
import type { Load } from '../../test/load.ts';
import { connectMongo, ensureCollections, withTransaction } from '../index.ts';
import type { Mongo, RunningService } from '../index.ts';
import { createTestBindings } from '../testing/index.ts';
import type { TestBindings } from '../testing/index.ts';

jest.setTimeout(120_000);

interface Counter {
  readonly _id: number;
  readonly n: number;
}

const RELOADS = 'careplane_binding_reloads_total';

describe('a mongodb binding that changes under load', () => {
  let mongod: RunningMongod;
  let admin: MongoClient;
  let bindings: TestBindings;
  let service: RunningService;
  let mongo: Mongo;
  let load: Load | undefined;

  beforeAll(async () => {
    mongod = await startMongod({ auth: true });
    admin = new MongoClient(mongod.uri);
    for (const user of ['clinic', 'clinic-b']) await makeUser(user);
    bindings = createTestBindings();
    bindings.write('db', entries('clinic', 'clinic-password'));
    let connected: Mongo | undefined;
    service = await startOn(bindings, 'clinic', async (ctx) => {
      connected = await connectMongo(ctx);
      await ensureCollections(connected, [{ name: 'visits' }, { name: 'counters' }, { name: 'many' }]);
      return {};
    });
    if (!connected) throw new Error('started');
    mongo = connected;
    // more documents than one batch: the cursor goes to the server several times
    await mongo
      .collection<Counter>('counters')
      .insert(Array.from({ length: 8 }, (_, _id) => ({ _id, n: 0 })));
    await mongo.collection<{ n: number }>('many').insert(Array.from({ length: 500 }, (_, n) => ({ n })));
  });
  afterEach(async () => {
    await load?.end();
    load = undefined;
  });
  afterAll(async () => {
    await service.stop();
    await admin.close();
    bindings.remove();
    await mongod.stop();
  });

  async function makeUser(user: string): Promise<void> {
    const roles = [{ role: 'readWrite', db: 'clinic' }];
    await admin.db('clinic').command({ createUser: user, pwd: `${user}-password`, roles });
  }
  function entries(username: string, password: string): Record<string, string> {
    const uri = `mongodb://${username}:${password}@127.0.0.1:${String(mongod.port)}/clinic?replicaSet=rs0&authSource=clinic`;
    return { type: 'mongodb', uri, username, password, database: 'clinic' };
  }
  const reloads = (result: string): Promise<number> =>
    metricOf(service, `${RELOADS}{binding="mongodb",result="${result}"}`);

  /** Reads, writes, results of several batches and transactions, with collections that are held from before. */
  function work(): Load {
    const visits = mongo.collection<{ n: number }>('visits');
    const counters = mongo.collection<Counter>('counters');
    const many = mongo.collection<{ n: number }>('many');
    let lane = 0;
    return startLoad(8, async () => {
      const id = (lane += 1) % 8;
      await visits.insert([{ n: id }]);
      const found = await many.find({}, { batchSize: 50, sort: { n: 1 } });
      if (found.length !== 500) throw new Error(`a query gave ${String(found.length)} of 500`);
      await withTransaction(mongo, async (tx) => {
        await counters.updateOne({ _id: id }, { $inc: { n: 1 } }, tx);
        await visits.insert([{ n: -1 }], tx);
      });
    });
  }

  async function usersAtWork(): Promise<string[]> {
    const { inprog } = await admin.db('admin').command({ currentOp: 1, $all: true, appName: /^clinic-/ });
    const users = (inprog as { effectiveUsers?: { user: string }[] }[]).flatMap(
      ({ effectiveUsers = [] }) => effectiveUsers,
    );
    return [...new Set(users.map(({ user }) => user))].sort();
  }

  it('moves to another user without a failed operation, and lets go of the old one, who may then be dropped', async () => {
    load = work();
    await moreOf(load, 20);
    bindings.write('db', entries('clinic-b', 'clinic-b-password'));
    await until(async () => (await reloads('ok')) === 1, { what: 'the move' });
    await until(async () => (await usersAtWork()).join() === 'clinic-b', {
      what: 'the old one to be let go',
    });
    await admin.db('clinic').command({ dropUser: 'clinic' });
    await moreOf(load, 40);
    expect(await load.end()).toEqual([]);
    expect((await fetch(`${service.adminUrl}/readyz`)).status).toBe(200);
  });

  it('follows a password that changes in place', async () => {
    load = work();
    await admin.db('clinic').command({ updateUser: 'clinic-b', pwd: 'second-password' });
    bindings.write('db', entries('clinic-b', 'second-password'));
    await until(async () => (await reloads('ok')) === 2, { what: 'the move' });
    await moreOf(load, 20);
    expect(await load.end()).toEqual([]);
  });

  it('stays on the last good one while the new one is refused or unreadable, and moves once it is taken', async () => {
    load = work();
    bindings.write('db', entries('clinic', 'made-too-early'));
    await until(async () => (await reloads('refused')) > 0, { what: 'the refusal' });
    bindings.write('db', { ...entries('clinic', 'made-too-early'), database: '' });
    await until(async () => (await reloads('invalid')) === 1, { what: 'the unreadable one' });
    await moreOf(load, 20);
    expect(await reloads('ok')).toBe(2);
    await admin
      .db('clinic')
      .command({ createUser: 'clinic', pwd: 'made-too-early', roles: [{ role: 'readWrite', db: 'clinic' }] });
    bindings.write('db', entries('clinic', 'made-too-early'));
    await until(async () => (await reloads('ok')) === 3, { what: 'the move' });
    expect(await load.end()).toEqual([]);
  });

  it('a transaction ends on the connection on which it began', async () => {
    const visits = mongo.collection<{ n: number }>('visits');
    await until(async () => (await usersAtWork()).join() === 'clinic', { what: 'one user' });
    await withTransaction(
      mongo,
      async (tx) => {
        await visits.insert([{ n: 1000 }], tx);
        bindings.write('db', entries('clinic-b', 'second-password'));
        await until(async () => (await usersAtWork()).includes('clinic-b'), { what: 'the other user' });
        await visits.insert([{ n: 1001 }], tx);
      },
      { deadlineMs: 60_000 },
    );
    expect(await visits.count({ n: { $gte: 1000 } })).toBe(2);
  });
});
