import { randomUUID } from 'node:crypto';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '@careplane/kit';
import {
  cosign,
  cosignatureOf,
  encodeVerifierKey,
  formatSignature,
  generateSigningKey,
  parseAddCheckpoint,
  parseCheckpoint,
} from '@careplane/tlog';
import { MongoClient } from 'mongodb';
import type { Db } from 'mongodb';
import { ecosystemProgram, freePort, startMongod, until } from '@careplane/testing';
import type { RunningMongod } from '@careplane/testing';
import type { LogKeys, NewEntry } from '../../audit/src/log/index.ts';
import { httpWitness } from '../../audit/src/log/http-witness.ts';
import { checkLog } from '../../audit/test/check-log.ts';
import { newLogKeys, ORIGIN, startReplica } from '../../audit/test/log-ground.ts';
import type { LogReplica, ReplicaOptions } from '../../audit/test/log-ground.ts';
import { startWitness } from '../test/start-witness.ts';

const key = generateSigningKey('witness.example/w1', 'cosignature/v1');
let mongod: RunningMongod;
const running: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  mongod = await startMongod();
});
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});
afterAll(() => mongod.stop());

const entries = (count: number): NewEntry[] =>
  Array.from({ length: count }, () => ({ id: randomUUID(), sealed: Buffer.from('sealed'), index: {} }));

async function replicaOf(options: Omit<ReplicaOptions, 'uri'>): Promise<LogReplica> {
  const replica = await startReplica({ uri: mongod.uri, ...options });
  running.push(() => replica.stop());
  return replica;
}

/** The name of a log that goes on after a loss. */
const NEXT_ORIGIN = `${ORIGIN}-2`;

async function witnessOf(database: string, port = 0): Promise<RunningService> {
  const origins = [ORIGIN, NEXT_ORIGIN];
  const witness = await startWitness({ mongod, database, key, logs: [], origins, port });
  running.push(() => witness.stop());
  return witness;
}

/** Until the replica has counted such an answer of its witness `w1`. */
function counted({ adminUrl }: RunningService, result: string): Promise<unknown> {
  const line = `careplane_audit_witness_requests_total{witness="w1",result="${result}"}`;
  return until(async () => (await (await fetch(`${adminUrl}/metrics`)).text()).includes(line), {
    what: `an answer that counts as ${result}`,
  });
}

/** Until the published checkpoint of that size has the witness's cosignature. */
function cosignedAt(size: number, latest: () => Promise<string>): Promise<unknown> {
  return until(
    async () => {
      const checkpoint = parseCheckpoint(await latest());
      return checkpoint.size === size && cosignatureOf(checkpoint.note, key.verifier) !== undefined;
    },
    { what: `a cosigned checkpoint of ${size} entries` },
  );
}

it('the log publishes what its witness cosigns, and waits for no witness that is away', async () => {
  const keys = newLogKeys();
  const [port, database] = [await freePort(), randomUUID()];
  const witnesses = [httpWitness('w1', `http://127.0.0.1:${port}`, { key: key.verifier })];
  const replica = await startReplica({ uri: mongod.uri, database: `log-${database}`, keys, witnesses });
  running.push(() => replica.stop());
  const { log, adminUrl } = replica;
  // Nobody is there: entries come into the log all the same, and the metric says so.
  await log.append(entries(300));
  expect(parseCheckpoint(await log.latest()).size).toBe(300);
  const away = 'careplane_audit_witness_requests_total{witness="w1",result="away"}';
  await until(async () => (await (await fetch(`${adminUrl}/metrics`)).text()).includes(away), {
    what: 'the metric',
  });
  // Then it comes.
  const witness = await startWitness({
    mongod,
    database: `witness-${database}`,
    key,
    logs: [keys.signing],
    port,
  });
  running.push(() => witness.stop());
  await cosignedAt(300, () => log.latest());
  await log.append(entries(500));
  await cosignedAt(800, () => log.latest());
  // Another replica, which has asked for nothing yet, learns by the conflict what the witness has cosigned.
  const other = await startReplica({ uri: mongod.uri, database: `log-${database}`, keys, witnesses });
  running.push(() => other.stop());
  await cosignedAt(800, () => other.log.latest());
  await other.log.append(entries(1));
  await cosignedAt(801, () => log.latest());
}, 60_000);

it('log and witness tell each other their keys, and the log tells them to auditors', async () => {
  const [keys, database] = [newLogKeys(), randomUUID()];
  const { url = '' } = await witnessOf(`witness-${database}`);
  const witnesses = [httpWitness('w1', url, { log: keys.signing.verifier })];
  const replica = await replicaOf({ database: `log-${database}`, keys, witnesses });
  await replica.log.append(entries(3));
  await cosignedAt(3, () => replica.log.latest());
  const told = await (await fetch(`${replica.url ?? ''}/vkeys`)).text();
  const both = [keys.signing.verifier, key.verifier].map((one) => `${encodeVerifierKey(one)}\n`);
  expect(told).toBe(both.join(''));
  // A program of public libraries believes it, over HTTP.
  await replica.log.append(entries(600));
  await cosignedAt(603, () => replica.log.latest());
  const [program, arguments_] = [ecosystemProgram('verify-tlog'), told.trim().split('\n')];
  const { stdout } = await promisify(execFile)(program, [replica.url ?? '', ...arguments_]);
  expect(stdout).toBe('verified 603 entries\n');
}, 60_000);

it('a witness that has lost its state cosigns what it is shown next', async () => {
  const [keys, database, port] = [newLogKeys(), randomUUID(), await freePort()];
  const witnesses = [
    httpWitness('w1', `http://127.0.0.1:${port}`, { key: key.verifier, log: keys.signing.verifier }),
  ];
  const before = await witnessOf(`witness-${database}`, port);
  const { log } = await replicaOf({ database: `log-${database}`, keys, witnesses });
  await log.append(entries(300));
  await cosignedAt(300, () => log.latest());
  await before.stop();
  await witnessOf(`witness-new-${database}`, port);
  await log.append(entries(20));
  await cosignedAt(320, () => log.latest());
}, 60_000);

describe('a witness that is not what it should be', () => {
  const liar = generateSigningKey(key.verifier.name, 'cosignature/v1');
  const answering =
    (text: (checkpoint: string) => string): RequestListener =>
    (req, res) => {
      req.setEncoding('utf8');
      let body = '';
      req.on('data', (chunk: string) => (body += chunk));
      req.on('end', () => res.end(text(parseAddCheckpoint(body).checkpoint)));
    };
  const lines = (checkpoint: string, signer = key): string =>
    formatSignature(cosign(parseCheckpoint(checkpoint).note.text, signer, new Date()));

  it.each<[string, string, RequestListener]>([
    ['signs with another key', 'refused', answering((checkpoint) => lines(checkpoint, liar))],
    [
      'has cosigned something else',
      'refused',
      answering((checkpoint) => lines(checkpoint.replace(/\n\d+\n/, '\n999\n'))),
    ],
    ['answers what is no cosignature', 'refused', answering(() => 'cosigned, trust me\n')],
    ['answers without end', 'refused', answering(() => 'x'.repeat(1_000_000))],
    [
      'says that it has seen more than there is',
      'behind',
      (_req, res) => res.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end('1000000\n'),
    ],
    ['says one size after the other', 'refused', (_req, res) => res.writeHead(409).end('1\n')],
    ['fails by itself', 'away', (_req, res) => res.writeHead(503).end()],
    ['never answers', 'away', () => undefined],
  ])(
    '%s: counts as %s, holds no entry back, and nothing of it is published',
    async (_what, result, answer) => {
      const server = createServer(answer).listen(0, '127.0.0.1');
      await once(server, 'listening');
      running.push(() => {
        server.closeAllConnections();
        return Promise.resolve(server.close());
      });
      const { port } = server.address() as AddressInfo;
      const witnesses = [httpWitness('w1', `http://127.0.0.1:${port}`, { key: key.verifier })];
      const replica = await replicaOf({ database: `log-${randomUUID()}`, keys: newLogKeys(), witnesses });
      await replica.log.append(entries(2));
      await counted(replica, result);
      await replica.log.append(entries(1));
      const { size, note } = parseCheckpoint(await replica.log.latest());
      expect([size, note.signatures.length]).toEqual([3, 1]);
    },
    60_000,
  );
});

describe('a database that was put back to a backup', () => {
  const client = (): MongoClient => new MongoClient(mongod.uri);

  async function copy(from: Db, to: Db): Promise<void> {
    for (const { name } of await from.listCollections().toArray()) {
      const documents = await from.collection(name).find().toArray();
      if (documents.length > 0) await to.collection(name).insertMany(documents);
    }
  }

  /** A log of 300 entries, cosigned, of which the database has the first 100. */
  async function rolledBack(): Promise<{ keys: LogKeys; database: string; url: string }> {
    const [keys, id] = [newLogKeys(), randomUUID().slice(0, 8)];
    const { url = '' } = await witnessOf(`witness-${id}`);
    const witnesses = [httpWitness('w1', url, { log: keys.signing.verifier })];
    const before = await replicaOf({ database: `log-${id}`, keys, witnesses });
    const connection = client();
    try {
      await before.log.append(entries(100));
      await cosignedAt(100, () => before.log.latest());
      await copy(connection.db(`log-${id}`), connection.db(`restored-${id}`));
      await before.log.append(entries(200));
      await cosignedAt(300, () => before.log.latest());
      await before.stop();
      return { keys, database: `restored-${id}`, url };
    } finally {
      await connection.close();
    }
  }

  it('is found out by the witness, also when more entries came than were lost', async () => {
    const { keys, database, url } = await rolledBack();
    const witnesses = [httpWitness('w1', url, { log: keys.signing.verifier })];
    const { log, adminUrl } = await replicaOf({ database, keys, witnesses });
    const replica = { log, adminUrl } as LogReplica;
    await counted(replica, 'behind');
    await log.append(entries(250));
    await counted(replica, 'refused');
    // What is published is not cosigned, once the cosigned one of the backup is old.
    await until(async () => parseCheckpoint(await log.latest()).size === 350, { what: 'the latest' });
    expect(parseCheckpoint(await log.latest()).note.signatures).toHaveLength(1);
  }, 90_000);

  it('goes on under another name, which the same witness cosigns', async () => {
    const { keys, database, url } = await rolledBack();
    const signing = generateSigningKey(NEXT_ORIGIN, 'ed25519');
    const renamed: LogKeys = { signing, verifiers: [signing.verifier, ...keys.verifiers] };
    const witnesses = [httpWitness('w1', url, { log: signing.verifier })];
    const { log } = await replicaOf({ database, keys: renamed, witnesses });
    await cosignedAt(100, () => log.latest());
    expect(parseCheckpoint(await log.latest()).origin).toBe(NEXT_ORIGIN);
    await log.append(entries(250));
    await cosignedAt(350, () => log.latest());
    const connection = client();
    try {
      expect(await checkLog(connection.db(database), renamed.verifiers)).toHaveLength(350);
    } finally {
      await connection.close();
    }
  }, 90_000);
});
