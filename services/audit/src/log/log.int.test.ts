import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  encodeEntry,
  growingTreeFrom,
  leafHash,
  openCheckpoint,
  parseBundle,
  parseCheckpoint,
  tilePath,
  tilesOf,
} from '@careplane/tlog';
import { startMongod } from '@careplane/testing';
import type { RunningMongod } from '@careplane/testing';
import { MongoClient } from 'mongodb';
import type { Db } from 'mongodb';
import { checkLog } from '../../test/check-log.ts';
import { insertOnlyUser } from '../../test/insert-only-user.ts';
import { newLogKeys, startReplica } from '../../test/log-ground.ts';
import type { LogReplica, ReplicaOptions } from '../../test/log-ground.ts';
import type { NewEntry } from './index.ts';
import { logRouter } from './router.ts';

let mongod: RunningMongod;
let client: MongoClient;
const running: LogReplica[] = [];
const keys = newLogKeys();

beforeAll(async () => {
  mongod = await startMongod({ auth: true });
  client = new MongoClient(mongod.uri);
});
afterEach(async () => {
  for (const replica of running.splice(0)) await replica.stop();
});
afterAll(async () => {
  await client.close();
  await mongod.stop();
});

/** A database of its own, whose user may only insert and find. */
async function newDatabase(): Promise<{ db: Db; options: Pick<ReplicaOptions, 'uri' | 'database'> }> {
  const database = `log-${randomUUID().slice(0, 8)}`;
  return { db: client.db(database), options: { database, uri: await insertOnlyUser(mongod.uri, database) } };
}

async function start(
  options: Pick<ReplicaOptions, 'uri' | 'database'> & Partial<ReplicaOptions>,
): Promise<LogReplica> {
  const replica = await startReplica({ keys, ...options });
  running.push(replica);
  return replica;
}

function entry(id: string = randomUUID(), text = 'sealed'): NewEntry {
  return { id, sealed: Buffer.from(`${text} ${id}`), index: { recorded: new Date(0) } };
}

function entries(count: number): NewEntry[] {
  return Array.from({ length: count }, () => entry());
}

/** In groups, as requests bring them. */
async function appendAll({ log }: LogReplica, all: readonly NewEntry[], group = 20): Promise<void> {
  const groups = Array.from({ length: Math.ceil(all.length / group) }, (_group, at) =>
    all.slice(at * group, (at + 1) * group),
  );
  await Promise.all(groups.map((one) => log.append(one)));
}

const idsOf = (all: readonly NewEntry[]): string[] => all.map(({ id }) => id);

describe('the log in the database', () => {
  it('has all that was appended, under the latest checkpoint, and goes on after a restart', async () => {
    const { db, options } = await newDatabase();
    const all = entries(1_300);
    const parts = [all.slice(0, 300), all.slice(300, 301), all.slice(301, 1_280), all.slice(1_280)];
    for (const part of parts) {
      const replica = await start(options);
      await appendAll(replica, part);
      await replica.stop();
    }
    expect((await checkLog(db, keys.verifiers)).toSorted()).toEqual(idsOf(all).toSorted());
    const { log } = await start(options);
    expect(openCheckpoint(await log.latest(), keys.verifiers).size).toBe(1_300);
  });

  it('is appended to by two replicas at the same time, which also bring the same entries', async () => {
    const { db, options } = await newDatabase();
    const replicas = [await start(options), await start(options)];
    const [own, others, both] = [entries(400), entries(400), entries(200)];
    await Promise.all(
      replicas.map((replica, at) => appendAll(replica, [...(at === 0 ? own : others), ...both], 7)),
    );
    const ids = await checkLog(db, keys.verifiers);
    expect(ids.toSorted()).toEqual(idsOf([...own, ...others, ...both]).toSorted());
    const latest = await Promise.all(replicas.map(({ log }) => log.latest()));
    expect(latest.map((text) => parseCheckpoint(text).size)).toEqual([1_000, 1_000]);
    expect(latest[0]).toBe(latest[1]);
  });

  it('has an entry once that comes again, encrypted anew, and keeps the record that came first', async () => {
    const { db, options } = await newDatabase();
    const { log } = await start(options);
    const first = entry();
    await log.append([first, { ...first, sealed: Buffer.from('the same, in one call') }]);
    await log.append([entry(), { ...first, sealed: Buffer.from('the same, later') }]);
    expect(await checkLog(db, keys.verifiers)).toHaveLength(2);
    expect(await log.indexOf(first.id)).toBe(0);
    expect(await log.indexOf(randomUUID())).toBeUndefined();
  });

  it('takes up a record that was stored before its replica died', async () => {
    const { db, options } = await newDatabase();
    const { log } = await start(options);
    const one = entry();
    await db
      .collection<{ _id: string; sealed: Uint8Array }>('log_entries')
      .insertOne({ _id: one.id, sealed: Buffer.from('from before') });
    await log.append([one]);
    expect(await checkLog(db, keys.verifiers)).toEqual([one.id]);
  });

  it('refuses what no log can hold, and takes the rest', async () => {
    const { db, options } = await newDatabase();
    const { log } = await start(options);
    await expect(log.append([entry('NO-UUID')])).rejects.toThrow(RangeError);
    await expect(log.append([{ ...entry(), sealed: Buffer.alloc(1_048_577) }])).rejects.toThrow(RangeError);
    const large = Array.from({ length: 9 }, () => ({ ...entry(), sealed: Buffer.alloc(1_048_576) }));
    await log.append(large);
    await log.append([]);
    expect(await checkLog(db, keys.verifiers)).toEqual(idsOf(large));
  });

  it('cannot be changed by its own user', async () => {
    const { options } = await newDatabase();
    const replica = await start(options);
    await replica.log.append([entry()]);
    const own = new MongoClient(options.uri);
    try {
      for (const name of ['log_batches', 'log_entries', 'log_tiles']) {
        const collection = own.db(options.database).collection(name);
        await expect(collection.updateOne({}, { $set: { forged: true } })).rejects.toThrow('not authorized');
        await expect(collection.deleteOne({})).rejects.toThrow('not authorized');
        await expect(collection.drop()).rejects.toThrow('not authorized');
      }
    } finally {
      await own.close();
    }
  });
});

describe('a database that does not hold what was signed', () => {
  it.each([
    ['a hash is another one', { hashes: Buffer.alloc(32) }],
    ['a checkpoint is of another size', { first: 1 }],
  ])('is not opened: %s', async (_what, change) => {
    const { db, options } = await newDatabase();
    const replica = await start(options);
    await replica.log.append([entry()]);
    await replica.stop();
    await db.collection('log_batches').updateOne({}, { $set: change });
    await expect(start(options)).rejects.toThrow(/checkpoint of the batch 0|missing/);
  });

  it('is not opened under a key that has never signed it, and is under a new one that lists the former', async () => {
    const { db, options } = await newDatabase();
    const replica = await start(options);
    await replica.log.append([entry()]);
    await replica.stop();
    const other = newLogKeys();
    await expect(start({ ...options, keys: other })).rejects.toThrow('no known key has signed it');
    const rotated = { signing: other.signing, verifiers: [other.signing.verifier, ...keys.verifiers] };
    await (await start({ ...options, keys: rotated })).log.append([entry()]);
    expect(await checkLog(db, rotated.verifiers)).toHaveLength(2);
  });
});

describe('over HTTP', () => {
  it('is served as tiles of the specification, from which the tree is made again', async () => {
    const { options } = await newDatabase();
    const { log, url = '' } = await start(options);
    const all = entries(600);
    await appendAll({ log } as LogReplica, all);
    const answer = await fetch(`${url}/checkpoint`);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const { size, root } = openCheckpoint(await answer.text(), keys.verifiers);
    const get = async (path: string): Promise<Buffer> => {
      const found = await fetch(`${url}/${path}`);
      expect([path, found.status]).toEqual([path, 200]);
      expect(found.headers.get('cache-control')).toContain(
        path.startsWith('records') ? 'no-store' : 'immutable',
      );
      return Buffer.from(await found.arrayBuffer());
    };
    const tree = await growingTreeFrom(size, (level, index, width) => get(tilePath({ level, index, width })));
    expect(tree.root()).toEqual(Buffer.from(root));
    const sealed = new Map(all.map((one) => [one.id, one.sealed]));
    for (const bundle of tilesOf(size, 'entries')) {
      const logged = parseBundle(await get(tilePath(bundle)));
      const leaves = await get(tilePath({ ...bundle, level: 0 }));
      expect(Buffer.concat(logged.map(leafHash))).toEqual(leaves);
      const lines = (await get(tilePath(bundle).replace('tile/entries', 'records')))
        .toString()
        .trim()
        .split('\n');
      const records = lines.map((line) => JSON.parse(line) as { id: string; sealed: string });
      for (const [at, record] of records.entries()) {
        expect(Buffer.from(record.sealed, 'base64')).toEqual(sealed.get(record.id));
        expect(encodeEntry(record.id, Buffer.from(record.sealed, 'base64'))).toEqual(
          Buffer.from(logged[at] ?? []),
        );
      }
    }
    // What was partial before stays as it was.
    expect((await get('tile/0/000.p/255')).length).toBe(255 * 32);
    expect(parseBundle(await get('tile/entries/001.p/7'))).toHaveLength(7);
    for (const path of [
      'tile/0/002.p/89',
      'tile/0/003',
      'tile/3/000',
      'tile/0/000.p/256',
      'tile/0/0',
      'tile/x',
      'records/003',
    ])
      expect([path, (await fetch(`${url}/${path}`)).status]).toEqual([path, 404]);
  });

  it('is the same from a replica that has appended nothing', async () => {
    const { options } = await newDatabase();
    const [writer, reader] = [await start(options), await start(options)];
    await appendAll(writer, entries(300));
    const paths = [
      'checkpoint',
      'tile/0/000',
      'tile/0/001.p/44',
      'tile/1/000.p/1',
      'tile/entries/000',
      'tile/entries/001.p/44',
    ];
    for (const path of paths) {
      const [one, other] = await Promise.all(
        [reader, writer].map(async ({ url = '' }) =>
          Buffer.from(await (await fetch(`${url}/${path}`)).arrayBuffer()),
        ),
      );
      expect(one).toEqual(other);
    }
  });

  it('gives records to nobody when nobody may export', async () => {
    const { options } = await newDatabase();
    const { log } = await start(options);
    const paths = logRouter(log).stack.map(({ route }) => route?.path);
    expect(paths).toEqual(['/checkpoint', '/vkeys', '/tile/*path']);
  });
});
