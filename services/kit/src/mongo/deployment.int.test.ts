import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { startMongod, until } from '@careplane/testing';
import type { RunningMongod } from '@careplane/testing';
import { MongoClient } from 'mongodb';
import type { Db } from 'mongodb';
import { metricOf, startOn } from '../../test/ground.ts';
import { connectMongo, ensureCollections, isDuplicateKey, Unavailable, withTransaction } from '../index.ts';
import type { Collection, Mongo, RunningService } from '../index.ts';
import { createTestBindings } from '../testing/index.ts';
import type { TestBindings } from '../testing/index.ts';

jest.setTimeout(120_000);

interface Seat {
  readonly n: number;
}

const DUPLICATE = { code: 11_000 };
const SEATS = { name: 'seats', indexes: [{ key: { n: 1 }, name: 'n', unique: true }] } as const;

describe('collections and indexes on the deployment behind the connection', () => {
  let mongod: RunningMongod;
  let client: MongoClient;
  let bindings: TestBindings;
  let service: RunningService;
  let mongo: Mongo;
  let seats: Collection<Seat>;

  const user = { user: 'clinic', pwd: 'clinic-password', roles: [{ role: 'readWrite', db: 'clinic' }] };
  const database = (): Db => client.db('clinic');
  const makeUser = (): Promise<unknown> => {
    const { user: createUser, ...rest } = user;
    return database().command({ createUser, ...rest });
  };
  const ready = async (): Promise<boolean> => (await fetch(`${service.adminUrl}/readyz`)).ok;
  const untilReady = (): Promise<boolean> => until(ready, { what: 'readiness', deadlineMs: 60_000 });
  const insert = (n: number): Promise<void> => seats.insert([{ n }]);

  beforeAll(async () => {
    mongod = await startMongod({ auth: true });
  });
  beforeEach(async () => {
    client = new MongoClient(mongod.uri);
    await makeUser();
    const uri = `mongodb://clinic:clinic-password@127.0.0.1:${String(mongod.port)}/?replicaSet=rs0&authSource=clinic`;
    bindings = createTestBindings();
    bindings.write('db', {
      type: 'mongodb',
      uri,
      username: user.user,
      password: user.pwd,
      database: 'clinic',
    });
    let connected: Mongo | undefined;
    service = await startOn(bindings, 'clinic', async (ctx) => {
      connected = await connectMongo(ctx);
      await ensureCollections(connected, [SEATS]);
      return {};
    });
    if (!connected) throw new Error('started');
    mongo = connected;
    seats = mongo.collection<Seat>('seats');
  });
  afterEach(async () => {
    await service.stop();
    await client.db('clinic').dropDatabase();
    await client.db('clinic').command({ dropAllUsersFromDatabase: 1 });
    await client.close();
    bindings.remove();
  });
  afterAll(async () => {
    await mongod.stop();
  });

  /** A new, empty deployment at the address; the users are made again, as the operator does. */
  async function replace(): Promise<void> {
    await client.close();
    await mongod.replace();
    client = new MongoClient(mongod.uri);
    await makeUser();
  }

  it('are made again when the database was dropped: not ready and no insert before, not even in a transaction', async () => {
    await insert(1);
    await database().dropDatabase();
    await expect(
      withTransaction(mongo, async (tx) => {
        await seats.insert([{ n: 1 }], tx);
      }),
    ).rejects.toThrow(Unavailable);
    await untilReady();
    await insert(1);
    await expect(insert(1)).rejects.toMatchObject(DUPLICATE);
  });

  it('are made again when only the collection was dropped and then made implicitly by somebody else', async () => {
    await database().collection('seats').drop();
    await database().collection('seats').insertOne({ n: 7 });
    await expect(insert(7)).rejects.toThrow(Unavailable);
    await untilReady();
    await expect(insert(7)).rejects.toMatchObject(DUPLICATE);
  });

  it('are made again when an index was dropped: not ready, and no insert, while duplicates stand against it', async () => {
    await insert(1);
    await database().collection('seats').dropIndex('n');
    await database().collection('seats').insertOne({ n: 1 });
    await until(async () => !(await ready()), { what: 'the loss of readiness' });
    await expect(insert(2)).rejects.toThrow(Unavailable);
    expect(await ready()).toBe(false);
    await database().collection('seats').deleteOne({ n: 1 });
    await untilReady();
    await expect(insert(1)).rejects.toMatchObject(DUPLICATE);
  });

  it('are waited for by a service that starts on data which stands against an index', async () => {
    await database()
      .collection('shelves')
      .insertMany([{ n: 1 }, { n: 1 }]);
    let isDone = false;
    const ensured = ensureCollections(mongo, [{ ...SEATS, name: 'shelves' }]).then(() => (isDone = true));
    await until(async () => !(await ready()), { what: 'the loss of readiness' });
    expect(isDone).toBe(false);
    await database().collection('shelves').deleteOne({ n: 1 });
    await ensured;
    await untilReady();
  });

  it('are made again in a new deployment, also one whose elections the driver takes for stale', async () => {
    for (let election = 0; election < 2; election += 1) {
      await mongod.kill();
      await mongod.restart();
    }
    await untilReady();
    await replace();
    await untilReady();
    await insert(1);
    await expect(insert(1)).rejects.toMatchObject(DUPLICATE);
  });

  it('keep rivals apart who insert all the time while the old deployment goes and an empty one comes', async () => {
    const ask = (): Promise<boolean> => insert(5).then(() => true, isDuplicateKey);
    const rival = (): Promise<boolean> => until(ask, { what: 'an answer', deadlineMs: 60_000 });
    await mongod.kill();
    const rivals = Promise.all(Array.from({ length: 20 }, rival));
    await replace();
    await rivals;
    expect(await database().collection('seats').countDocuments({ n: 5 })).toBe(1);
  });

  it('are verified on the deployment that a changed binding leads to, before it is used', async () => {
    const roles = [{ role: 'readWrite', db: 'moved' }];
    await database().command({ grantRolesToUser: 'clinic', roles });
    bindings.write('db', { database: 'moved' });
    const moves = 'careplane_binding_reloads_total{binding="mongodb",result="ok"}';
    await until(async () => (await metricOf(service, moves)) === 1, { what: 'the move' });
    await insert(1);
    await expect(insert(1)).rejects.toMatchObject(DUPLICATE);
    expect(await client.db('moved').collection('seats').countDocuments()).toBe(1);
    await client.db('moved').dropDatabase();
  });
});
