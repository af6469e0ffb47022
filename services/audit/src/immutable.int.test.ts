import { randomUUID } from 'node:crypto';
import { METHODS } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FHIR_BASE, fhirRoutes } from '@careplane/kit';
import type { Role } from '@careplane/kit';
import { until } from '@careplane/testing';
import { BSON, MongoClient } from 'mongodb';
import type { Db, Document } from 'mongodb';
import { accessOf, startAuditLab } from '../test/audit-lab.ts';
import type { AuditLab } from '../test/audit-lab.ts';
import { definitions } from './definitions.ts';

const ENTRIES = 'log_entries';
const COLLECTIONS = [ENTRIES, 'log_batches', 'log_tiles', 'log_cosignatures'];
/** Unauthorized: https://github.com/mongodb/mongo/blob/v8.0/src/mongo/base/error_codes.yml */
const REFUSED = 13;

type Stored = ReadonlyMap<string, string>;

describe('what is in the audit', () => {
  let lab: AuditLab;
  let attacker: MongoClient;
  let db: Db;

  beforeAll(async () => {
    lab = await startAuditLab();
    attacker = await new MongoClient(lab.serviceUri).connect();
    db = attacker.db('audit');
    const patient = randomUUID();
    await lab.trail.record(Array.from({ length: 30 }, () => accessOf({ patient })));
    await until(async () => (await lab.database.collection(ENTRIES).countDocuments()) >= 30, {
      what: '30 entries',
    });
  }, 180_000);
  afterAll(async () => {
    await attacker.close();
    await lab.stop();
  }, 60_000);

  /** All that the log's collections hold, and how they are made: a line each. */
  const stored = async (): Promise<Stored> => {
    const lines = new Map<string, string>();
    for (const name of COLLECTIONS) {
      const [made] = await lab.database.listCollections({ name }).toArray();
      lines.set(name, BSON.EJSON.stringify(made ?? {}));
      for await (const one of lab.database.collection(name).find())
        lines.set(`${name} ${String(one._id)}`, BSON.EJSON.stringify(one));
    }
    return lines;
  };
  /** Whether all that was there is there, as it was. */
  const expectUnchanged = async (before: Stored): Promise<void> => {
    const after = await stored();
    for (const [key, line] of before) expect([key, after.get(key)]).toEqual([key, line]);
  };

  it('is neither written nor deleted by any route and method, whoever asks', async () => {
    const before = await stored();
    const [id = ''] = (await lab.database.collection<{ _id: string }>(ENTRIES).find().limit(1).toArray()).map(
      ({ _id }) => _id,
    );
    const event = await lab.ask(`${FHIR_BASE}/AuditEvent/${id}`, ['compliance', 'officer']);
    expect(event.status).toBe(200);
    const fhir = fhirRoutes(definitions).map(({ path }) =>
      path.replace(':id', id).replace(':versionId', '1'),
    );
    const paths = [
      ...new Set(fhir),
      ...['', '/AuditEvent/$purge', `/AuditEvent/${id}/$expunge`].map((path) => `${FHIR_BASE}${path}`),
      ...['', '/checkpoint', '/vkeys', '/tile/0/000', '/tile/entries/000', '/records/000'].map(
        (p) => `/audit-log${p}`,
      ),
      '/openapi.json',
      '/internal/entries',
    ];
    const roles: readonly Role[] = ['compliance', 'admin', 'patient', 'practitioner', 'frontdesk', 'app'];
    const reads = ['GET', 'HEAD', 'OPTIONS', 'CONNECT', 'TRACE', 'QUERY'];
    const bundle = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ request: { method: 'DELETE', url: `AuditEvent/${id}` } }],
    };
    const writes = METHODS.filter((one) => !reads.includes(one));
    const attempts = paths.flatMap((path) =>
      roles.flatMap((role) => writes.map((method) => ({ path, role, method }))),
    );
    for (const { path, role, method } of attempts) {
      if (method === 'POST' && path.endsWith('/_search')) continue; // a read
      const body = JSON.stringify(path === FHIR_BASE ? bundle : event.body);
      const { status } = await lab.ask(path, [role, randomUUID()], { method, body });
      expect([method, path, role, status >= 400 && status < 500]).toEqual([method, path, role, true]);
    }
    const override = { 'x-http-method-override': 'DELETE', 'x-http-method': 'DELETE' };
    for (const path of paths)
      await lab.ask(`${path}?_method=DELETE`, ['compliance', 'officer'], { headers: override });
    await expectUnchanged(before);
    const services = await lab.database.collection(ENTRIES).distinct('index.service');
    expect(services.sort()).toEqual(['audit', 'records']); // attempts are entries of the audit itself
  }, 240_000);

  it('is not changed or deleted by the user of its own service: each way is refused', async () => {
    const before = await stored();
    const entries = db.collection(ENTRIES);
    const set = { $set: { 'index.outcome': 'granted' } };
    const replace = { whenMatched: 'replace', whenNotMatched: 'insert' } as const;
    const into = (...stages: Document[]): Promise<unknown> => entries.aggregate(stages).toArray();
    const ways: Readonly<Record<string, () => Promise<unknown>>> = {
      update: () => entries.updateMany({}, set),
      upsert: () => entries.updateOne({ _id: 'x' as never }, set, { upsert: true }),
      replace: () => entries.replaceOne({}, {}),
      findAndModify: () => entries.findOneAndUpdate({}, set),
      findAndRemove: () => entries.findOneAndDelete({}),
      delete: () => entries.deleteMany({}),
      'deleteMany in a bulk': () => entries.bulkWrite([{ deleteMany: { filter: {} } }]),
      'bulkWrite of the server': () =>
        attacker.db('admin').command({
          bulkWrite: 1,
          ops: [{ delete: 0, filter: {}, multi: true }],
          nsInfo: [{ ns: `audit.${ENTRIES}` }],
        }),
      drop: () => entries.drop(),
      dropDatabase: () => db.dropDatabase(),
      rename: () => entries.rename('gone'),
      'rename of another over it': () => db.collection('data_keys').rename(ENTRIES, { dropTarget: true }),
      collMod: () => db.command({ collMod: ENTRIES, validator: { none: true }, validationLevel: 'strict' }),
      'collMod to TTL': () =>
        db.command({ collMod: ENTRIES, index: { name: 'recorded', expireAfterSeconds: 0 } }),
      convertToCapped: () => db.command({ convertToCapped: ENTRIES, size: 4096 }),
      'create anew as capped': () => db.createCollection(ENTRIES, { capped: true, size: 4096 }),
      cloneCollectionAsCapped: () =>
        db.command({ cloneCollectionAsCapped: 'data_keys', toCollection: ENTRIES, size: 4096 }),
      dropIndexes: () => db.command({ dropIndexes: ENTRIES, index: '*' }),
      compact: () => db.command({ compact: ENTRIES }),
      $out: () => into({ $match: { none: 1 } }, { $out: ENTRIES }),
      '$out of another': () =>
        db
          .collection('data_keys')
          .aggregate([{ $out: ENTRIES }])
          .toArray(),
      $merge: () => into({ $set: { sealed: null } }, { $merge: { into: ENTRIES, ...replace } }),
      '$merge by a pipeline': () =>
        into({ $merge: { into: ENTRIES, whenMatched: [{ $unset: 'sealed' }], whenNotMatched: 'discard' } }),
      mapReduce: () =>
        db.command({
          mapReduce: ENTRIES,
          map: 'function(){}',
          reduce: 'function(){}',
          out: { replace: ENTRIES },
        }),
      applyOps: () =>
        attacker.db('admin').command({ applyOps: [{ op: 'd', ns: `audit.${ENTRIES}`, o: {} }] }),
      'insert over one': async () => entries.insertOne((await entries.findOne()) as Document),
      'a view definition': () =>
        db.collection('system.views').insertOne({ _id: `audit.${ENTRIES}` as never }),
      oplog: () => attacker.db('local').collection('oplog.rs').insertOne({}),
      'more rights': () => db.command({ grantRolesToUser: 'audit', roles: ['dbOwner'] }),
      'another user': () => db.command({ createUser: 'x', pwd: 'x', roles: ['dbOwner'] }),
      'truncate by the oplog size': () => attacker.db('admin').command({ replSetResizeOplog: 1, size: 990 }),
    };
    const outcomes: Record<string, unknown> = {};
    for (const [way, attempt] of Object.entries(ways))
      outcomes[way] = await attempt().then(
        () => 'done',
        (error: unknown) => (error as { code?: unknown }).code,
      );
    const [commandNotFound, duplicateKey] = [59, 11_000];
    const newIn8 = outcomes['bulkWrite of the server'];
    expect([REFUSED, commandNotFound]).toContain(newIn8);
    expect(outcomes).toEqual({
      ...Object.fromEntries(Object.keys(ways).map((way) => [way, REFUSED])),
      'bulkWrite of the server': newIn8,
      'insert over one': duplicateKey,
    });
    await expectUnchanged(before);
  }, 60_000);

  it('is not expired by an index: there is nothing in it that an index expires', async () => {
    const before = await stored();
    const admin = lab.mongod;
    const root = await new MongoClient(admin.uri).connect();
    try {
      for (const collection of COLLECTIONS)
        for (const [at, key] of ['index.recorded', 'sealed', 'checkpoint', 'bytes', 'ids', 'size'].entries())
          await db
            .collection(collection)
            .createIndex({ [key]: 1 }, { expireAfterSeconds: 0, name: `ttl_${at}` }, {});
      await db.collection('bait').insertOne({ at: new Date(0) });
      await db.collection('bait').createIndex({ at: 1 }, { expireAfterSeconds: 0 }, {});
      await root.db('admin').command({ setParameter: 1, ttlMonitorSleepSecs: 1 });
      await until(async () => (await db.collection('bait').countDocuments()) === 0, {
        what: 'the server expired what it can',
        deadlineMs: 90_000,
      });
      const passes = async (): Promise<number> => {
        const { metrics } = await root.db('admin').command({ serverStatus: 1 });
        return Number((metrics as { ttl: { passes: unknown } }).ttl.passes);
      };
      const seen = await passes();
      await until(async () => (await passes()) > seen + 1, { what: 'a whole pass', deadlineMs: 90_000 });
    } finally {
      await root.close();
    }
    await expectUnchanged(before);
  }, 240_000);

  it('goes on to take entries in', async () => {
    const patient = randomUUID();
    await lab.trail.record([accessOf({ patient })]);
    await until(
      async () =>
        (
          await lab.ask(`${FHIR_BASE}/AuditEvent?patient=${patient}&site=records&_summary=count`, [
            'compliance',
            'o',
          ])
        ).body['total'] === 1,
      { what: 'the entry' },
    );
  }, 60_000);
});
