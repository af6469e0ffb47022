import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { engineRootfs } from './engine-rootfs.ts';
import { startEngine, type EngineProcess } from './engine-process.ts';
import { freePort } from './free-port.ts';
import { makeScratch } from './scratch.ts';
import { testCertificates, type TestCertificates } from './test-certificates.ts';
import { until } from './until.ts';

export interface MongodOptions {
  /** TLS required, as the operator sets it up (clients need no certificate). */
  tls?: boolean;
  /** Authorization by a keyfile; `uri` then logs in as `__system`, which may do anything. */
  auth?: boolean;
  /** Initiate the replica set `rs0`; default true. */
  initiate?: boolean;
  /** Another member of the same set: it gets that one's certificates and keyfile. */
  beside?: RunningMongod;
  /** Megabytes of the oplog, which is then cut every second; the server's own choice, and every minute, when absent. */
  oplogSizeMB?: number;
}

export interface RunningMongod {
  /** Connection string with replica set, TLS and credentials, without the CA's path. */
  readonly uri: string;
  readonly host: string;
  readonly port: number;
  /** Only with `tls`. */
  readonly certificates: TestCertificates | undefined;
  /** Folder of the certificate files on this machine, so that a test can renew them; only with `tls`. */
  readonly tlsFolder: string | undefined;
  /** Path of the CA on this machine, for `tlsCAFile`; only with `tls`. */
  readonly caFile: string | undefined;
  /** Content of the keyfile; only with `auth`. */
  readonly keyfile: string | undefined;
  /** Its last words when it has ended by itself or was killed, `undefined` while it runs. */
  readonly ended: () => string | undefined;
  /** SIGKILL, data kept. */
  readonly kill: () => Promise<void>;
  /** A signal to the server itself: SIGSTOP, SIGCONT, SIGTERM. */
  readonly signal: (signal: NodeJS.Signals) => Promise<void>;
  /** Starts it again on the same data and port. */
  readonly restart: () => Promise<void>;
  /** SIGKILL, then an empty mongod of the same port and replica set name: a pod whose volume was lost. */
  readonly replace: () => Promise<void>;
  /** Ends it and removes its data. */
  readonly stop: () => Promise<void>;
}

/** The replica set's name, everywhere in Careplane. */
const REPLICA_SET = 'rs0';

/** A single-member replica set (so with transactions) of the image's mongod on an ephemeral port of 127.0.0.1. */
export async function startMongod(options: MongodOptions = {}): Promise<RunningMongod> {
  const rootfs = await engineRootfs('mongodb');
  const scratch = await makeScratch();
  const port = await freePort();
  const { certificates, keyfile } = await secretsOf(options);
  const command = await prepare({ scratch, port, certificates, keyfile });
  if (options.oplogSizeMB !== undefined)
    command.push('--oplogSize', String(options.oplogSizeMB), '--syncdelay', '1');
  const start = (): Promise<EngineProcess> => startEngine({ rootfs, scratch, command });
  let engine = await start();
  // The CA outside the scratch folder's top level would be unreadable to nobody but root, which tests are.
  const caFile = certificates === undefined ? undefined : join(scratch, 'ca.crt');
  const stop = async (): Promise<void> => {
    await engine.kill();
    await rm(scratch, { recursive: true, force: true });
  };
  const ready = async (): Promise<void> => {
    if (options.initiate !== false) await initiate(running, engine);
    await waitFor(running, engine, options.initiate !== false);
  };
  const running: RunningMongod = {
    uri: uriOf({ port, tls: certificates !== undefined, keyfile, direct: options.initiate === false }),
    host: '127.0.0.1',
    port,
    certificates,
    tlsFolder: certificates === undefined ? undefined : scratch,
    caFile,
    keyfile,
    ended: () => engine.ended(),
    kill: () => engine.kill(),
    signal: (signal) => engine.signal(signal),
    restart: async () => {
      engine = await start();
      await waitFor(running, engine, options.initiate !== false);
    },
    replace: async () => {
      await engine.kill();
      await rm(join(scratch, 'data'), { recursive: true, force: true });
      await mkdir(join(scratch, 'data'));
      engine = await start();
      await ready();
    },
    stop,
  };
  try {
    await ready();
  } catch (error) {
    await stop();
    throw error;
  }
  return running;
}

async function secretsOf({
  tls = false,
  auth = false,
  beside,
}: MongodOptions): Promise<Pick<RunningMongod, 'certificates' | 'keyfile'>> {
  if (beside !== undefined) return beside;
  return {
    certificates: tls ? await testCertificates() : undefined,
    keyfile: auth ? randomBytes(96).toString('base64') : undefined,
  };
}

interface Prepared {
  scratch: string;
  port: number;
  certificates: TestCertificates | undefined;
  keyfile: string | undefined;
}

async function prepare({ scratch, port, certificates, keyfile }: Prepared): Promise<string[]> {
  const command = ['mongod', '--dbpath', '/tmp/data', '--bind_ip', '127.0.0.1', '--port', String(port)];
  command.push('--replSet', REPLICA_SET, '--wiredTigerCacheSizeGB', '0.25', '--nounixsocket', '--quiet');
  command.push('--setParameter', 'transactionLifetimeLimitSeconds=20'); // as the operator sets it
  if (certificates !== undefined) {
    await writeFile(join(scratch, 'ca.crt'), certificates.ca);
    await writeFile(join(scratch, 'server.pem'), certificates.certificate + '\n' + certificates.key);
    command.push('--tlsMode', 'requireTLS', '--tlsCertificateKeyFile', '/tmp/server.pem');
    command.push('--tlsCAFile', '/tmp/ca.crt', '--tlsAllowConnectionsWithoutCertificates');
  }
  if (keyfile !== undefined) {
    await writeFile(join(scratch, 'keyfile'), keyfile);
    command.push('--keyFile', '/tmp/keyfile');
  }
  return command;
}

interface Address {
  port: number;
  tls: boolean;
  keyfile: string | undefined;
  direct: boolean;
}

function uriOf({ port, tls, keyfile, direct }: Address): string {
  const login = keyfile === undefined ? '' : `__system:${encodeURIComponent(keyfile)}@`;
  const query = new URLSearchParams(direct ? { directConnection: 'true' } : { replicaSet: REPLICA_SET });
  if (tls) query.set('tls', 'true');
  if (keyfile !== undefined) query.set('authSource', 'local');
  return `mongodb://${login}127.0.0.1:${port}/?${query.toString()}`;
}

async function withAdmin<T>(mongod: RunningMongod, use: (client: MongoClient) => Promise<T>): Promise<T> {
  const direct = new URL(mongod.uri);
  direct.searchParams.delete('replicaSet');
  direct.searchParams.set('directConnection', 'true');
  const client = new MongoClient(direct.href, {
    serverSelectionTimeoutMS: 2_000,
    ...(mongod.caFile === undefined ? {} : { tlsCAFile: mongod.caFile }),
  });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

async function initiate(mongod: RunningMongod, engine: EngineProcess): Promise<void> {
  const members = [{ _id: 0, host: `127.0.0.1:${mongod.port}` }];
  await waitFor(mongod, engine, false);
  await withAdmin(mongod, (client) =>
    client.db('admin').command({ replSetInitiate: { _id: REPLICA_SET, members } }),
  );
}

async function waitFor(mongod: RunningMongod, engine: EngineProcess, primary: boolean): Promise<void> {
  await until(
    async () => {
      const hello = await withAdmin(mongod, (client) => client.db('admin').command({ hello: 1 }));
      return !primary || hello['isWritablePrimary'] === true;
    },
    { what: 'mongod to answer', hopeless: engine.ended },
  );
}
