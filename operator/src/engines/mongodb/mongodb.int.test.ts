import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startMongod, until, type RunningMongod } from '@careplane/testing';
import { MongoClient } from 'mongodb';
import type { Grace } from '../departing.ts';
import { convergeReplicaSet, readMembers, type ReplicaSetReport } from './converge.ts';
import type { WantedUser } from './users.ts';
import { readMember, withMember, type MongoAccess } from './member.ts';
import { readRoles, type ExistingRole } from './roles.ts';

// Engines start slowly on a busy machine of two cores.
jest.setTimeout(120_000);

let mongod: RunningMongod;
let access: MongoAccess;
let address: string;
const IDENTITY = { service: 'identity', password: 'first-password' };
const APPOINTMENTS = { service: 'appointments', password: 'other-password' };

beforeAll(async () => {
  mongod = await startMongod({ tls: true, auth: true, initiate: false });
  address = `127.0.0.1:${mongod.port}`;
  access = { ca: mongod.certificates?.ca ?? '', keyfile: mongod.keyfile ?? '' };
});
afterAll(() => mongod.stop());

const AT_ONCE: Grace = { noted: [], wanted: [], now: Date.now(), graceMs: 0 };

function converge(
  users: readonly WantedUser[] = [IDENTITY, APPOINTMENTS],
  grace = AT_ONCE,
): Promise<ReplicaSetReport> {
  return convergeReplicaSet({ members: [address], reachable: [address], users, grace }, access);
}

async function as<T>(
  user: { service: string; password: string },
  use: (client: MongoClient) => Promise<T>,
): Promise<T> {
  const client = new MongoClient(`mongodb://${address}/`, {
    directConnection: true,
    tls: true,
    tlsCAFile: mongod.caFile ?? '',
    auth: { username: user.service, password: user.password },
    authSource: user.service,
    serverSelectionTimeoutMS: 5_000,
  });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

describe('the operator and a real mongod with TLS and keyfile', () => {
  it('initiates no set while another pod may have the data, or once there was one', async () => {
    const wanted = { members: [address], reachable: [address], users: [], grace: AT_ONCE };
    const absent = { ...wanted, holders: [address, '127.0.0.1:1'] };
    expect(await convergeReplicaSet(absent, access)).toMatchObject({
      note: expect.stringMatching(/^waiting for 127.0.0.1:1/) as unknown,
    });
    expect(await convergeReplicaSet({ ...wanted, wasInitiated: true }, access)).toMatchObject({
      view: undefined,
      isDataLost: true,
    });
    await expect(readMembers([address], access)).resolves.toEqual([]);
  });

  it('initiates the set once and settles with the users made', async () => {
    expect(await converge()).toMatchObject({ isMoving: true, note: 'the replica set was initiated' });
    const settled = await until(
      async () => {
        const report = await converge();
        return report.isMoving ? undefined : report;
      },
      { what: 'the set to settle' },
    );
    expect(settled.view?.primary).toBe(address);
    expect(await converge()).toMatchObject({ isMoving: false, userChanges: 0 });
  });

  it.each(['local', 'config', 'admin'])(
    'serves the others beside a user that is named %s',
    async (service) => {
      const added = { service: `beside-${service}`, password: 'another-password' };
      const report = await converge([{ service, password: 'x' }, IDENTITY, APPOINTMENTS, added]);
      expect(report).toMatchObject({ isMoving: false, userChanges: 1, refused: [{ service }] });
      await as(added, (client) => client.db(added.service).command({ ping: 1 }));
      expect(await converge()).toMatchObject({ userChanges: 1, refused: [] });
    },
  );

  it('serves the others beside a user that the server refuses', async () => {
    const [refused, added] = [
      { service: 'x'.repeat(70), password: 'x' },
      { service: 'z-last', password: 'another-password' },
    ];
    const report = await converge([refused, IDENTITY, APPOINTMENTS, added]);
    expect(report).toMatchObject({ userChanges: 1, refused: [{ service: refused.service }] });
    await as(added, (client) => client.db('z-last').command({ ping: 1 }));
    expect(await converge()).toMatchObject({ userChanges: 1, refused: [] });
  });

  it('a member tells where its data is', async () => {
    const told = await readMember(address, access);
    expect(told).toEqual({
      directory: '/tmp/data',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as unknown,
    });
  });

  it('a user reads and writes its own database, and no other one', async () => {
    await as(IDENTITY, async (client) => {
      await client
        .db('identity')
        .collection('patients')
        .createIndexes([{ key: { id: 1 }, name: 'id', unique: true }]);
      await client.db('identity').collection<{ id: string }>('patients').insertOne({ id: 'a' });
      expect(await client.db('identity').collection('patients').countDocuments()).toBe(1);
      await expect(client.db('appointments').collection('cells').countDocuments()).rejects.toThrow(
        /not authorized/,
      );
      await expect(client.db('admin').command({ usersInfo: 1 })).rejects.toThrow(/not authorized/);
      await expect(client.db('identity').command({ createUser: 'x', pwd: 'x', roles: [] })).rejects.toThrow(
        /not authorized/,
      );
    });
  });

  it('a user that may insert only changes and deletes nothing, but in the collections that are named', async () => {
    const rights = { mutableCollections: ['inbox'] };
    const audit = { service: 'audit', password: 'a-password', rights };
    expect(await converge([IDENTITY, APPOINTMENTS, audit])).toMatchObject({ userChanges: 1, refused: [] });
    expect(await converge([IDENTITY, APPOINTMENTS, audit])).toMatchObject({ userChanges: 0 });
    await as(audit, async (client) => {
      const db = client.db('audit');
      const entries = db.collection<{ _id: string; n?: number }>('entries');
      await entries.createIndexes([{ key: { n: 1 }, name: 'n' }]);
      await entries.insertOne({ _id: 'a', n: 1 });
      expect(await entries.countDocuments()).toBe(1);
      expect((await db.listCollections().toArray()).map(({ name }) => name)).toEqual(['entries']);
      const refused = [
        () => entries.updateOne({ _id: 'a' }, { $set: { n: 2 } }),
        () => entries.replaceOne({ _id: 'a' }, { n: 2 }),
        () => entries.findOneAndUpdate({ _id: 'a' }, { $inc: { n: 1 } }),
        () => entries.bulkWrite([{ updateMany: { filter: {}, update: { $set: { n: 2 } } } }]),
        () => entries.aggregate([{ $merge: { into: 'entries' } }]).toArray(),
        () => entries.aggregate([{ $out: 'entries' }]).toArray(),
        () => entries.deleteOne({ _id: 'a' }),
        () => entries.deleteMany({}),
        () => entries.findOneAndDelete({ _id: 'a' }),
        () => entries.drop(),
        () => entries.rename('others'),
        () => entries.dropIndex('n'),
        () => db.command({ collMod: 'entries', validator: { n: 2 } }),
        () => db.command({ convertToCapped: 'entries', size: 4096 }),
        () => db.dropDatabase(),
        () => db.command({ grantRolesToUser: 'audit', roles: ['readWrite'] }),
        () => db.command({ createRole: 'all', privileges: [], roles: ['readWrite'] }),
      ];
      for (const attempt of refused) await expect(attempt()).rejects.toThrow(/not authorized/);
      expect(await entries.find().toArray()).toEqual([{ _id: 'a', n: 1 }]);
      await db.collection<{ _id: string; n?: number }>('inbox').insertOne({ _id: 'i' });
      await db.collection<{ _id: string; n?: number }>('inbox').updateOne({ _id: 'i' }, { $set: { n: 2 } });
      await db.collection('inbox').deleteMany({});
    });
    const departing = { ...audit, rights: 'AsTheyAre' as const };
    expect(await converge([IDENTITY, APPOINTMENTS, departing])).toMatchObject({ userChanges: 0 });
    await as(audit, (client) =>
      expect(client.db('audit').collection('entries').deleteMany({})).rejects.toThrow(/not authorized/),
    );
    const wider = { ...audit, rights: { mutableCollections: ['inbox', 'outbox'] } };
    // the user gets another role, and in the next round the former one goes
    const audited = [IDENTITY, APPOINTMENTS, wider];
    for (const userChanges of [1, 1, 0]) expect(await converge(audited)).toMatchObject({ userChanges });
    await as(audit, (client) => client.db('audit').collection('outbox').deleteMany({}));
    const roles = (): Promise<ExistingRole[]> => withMember(address, access, readRoles);
    const [role, ...others] = await roles();
    expect([role?.db, others]).toEqual(['audit', []]);
    await withMember(address, access, (client) =>
      client.db('audit').command({
        grantPrivilegesToRole: role?.role,
        privileges: [{ resource: { db: 'audit', collection: 'entries' }, actions: ['remove'] }],
      }),
    );
    expect(await converge(audited)).toMatchObject({ userChanges: 1, refused: [] });
    expect(await converge(audited)).toMatchObject({ userChanges: 0 });
    await as(audit, (client) =>
      expect(client.db('audit').collection('entries').deleteMany({})).rejects.toThrow(/not authorized/),
    );
    expect(await roles()).toEqual([role]);
    const writing = [IDENTITY, APPOINTMENTS, { service: 'audit', password: 'a-password' }];
    for (const userChanges of [1, 1, 0]) expect(await converge(writing)).toMatchObject({ userChanges });
    expect(await roles()).toEqual([]);
    expect(await converge()).toMatchObject({ userChanges: 1 });
  });

  it('a changed password is brought in, the old one refused', async () => {
    const changed = { ...IDENTITY, password: 'second-password' };
    expect(await converge([changed, APPOINTMENTS])).toMatchObject({ userChanges: 1 });
    await expect(as(IDENTITY, (client) => client.db('identity').command({ ping: 1 }))).rejects.toThrow(
      /Authentication failed/,
    );
    await as(changed, (client) => client.db('identity').command({ ping: 1 }));
    expect(await converge([changed, APPOINTMENTS])).toMatchObject({ userChanges: 0 });
  });

  it('a right that somebody added is taken away again', async () => {
    await withMember(address, access, (client) =>
      client
        .db('appointments')
        .command({ grantRolesToUser: 'appointments', roles: [{ role: 'root', db: 'admin' }] }),
    );
    expect(await converge([{ ...IDENTITY, password: 'second-password' }, APPOINTMENTS])).toMatchObject({
      userChanges: 1,
    });
    await as(APPOINTMENTS, (client) =>
      expect(client.db('admin').command({ usersInfo: 1 })).rejects.toThrow(/not authorized/),
    );
  });

  it('keeps the user of a service that is gone, as it is, until its grace is over', async () => {
    const since = new Date(AT_ONCE.now - 3_600_000).toISOString();
    const noted = [{ service: 'identity', since }];
    const grace = { ...AT_ONCE, noted, graceMs: 7_200_000 };
    expect(await converge([APPOINTMENTS], grace)).toMatchObject({
      userChanges: 0,
      departing: noted,
    });
    const identity = { ...IDENTITY, password: 'second-password' };
    await as(identity, (client) => client.db('identity').command({ ping: 1 }));
    expect(await converge([identity, APPOINTMENTS], grace)).toMatchObject({ userChanges: 0, departing: [] });
  });

  it('drops a user that a living service has in another database, when the time since it was noted is over', async () => {
    await withMember(address, access, (client) =>
      client
        .db('elsewhere')
        .command({ createUser: 'appointments', pwd: 'x', roles: [], customData: { managedBy: 'careplane' } }),
    );
    const identity = { ...IDENTITY, password: 'second-password' };
    const living = { ...AT_ONCE, wanted: ['identity', 'appointments'], graceMs: 3_600_000 };
    const since = new Date(AT_ONCE.now - 3_600_000).toISOString();
    const noted = [{ service: 'appointments', since, scope: 'Leftovers' as const }];
    const users = [identity, APPOINTMENTS];
    expect(await converge(users, { ...living, noted, graceMs: 3_600_001 })).toMatchObject({
      userChanges: 0,
      departing: noted,
    });
    expect(await converge(users, { ...living, noted })).toMatchObject({ userChanges: 1, departing: [] });
    expect(await converge(users, living)).toMatchObject({ userChanges: 0, departing: [] });
  });

  it('drops the user of a service that no longer declares the store, keeps its data and foreign users', async () => {
    await withMember(address, access, (client) =>
      client.db('admin').command({ createUser: 'somebody', pwd: 'x', roles: [] }),
    );
    expect(await converge([APPOINTMENTS])).toMatchObject({ userChanges: 1, departing: [] });
    await withMember(address, access, async (client) => {
      expect(await client.db('identity').collection('patients').countDocuments()).toBe(1);
      const { users } = await client.db('admin').command({ usersInfo: { forAllDBs: true } });
      expect((users as { user: string }[]).map(({ user }) => user).sort()).toEqual([
        'appointments',
        'somebody',
      ]);
    });
  });
});
