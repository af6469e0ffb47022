import { randomBytes, randomUUID } from 'node:crypto';
import { bindingsAt, startService } from '@careplane/kit';
import type { RunningService } from '@careplane/kit';
import {
  createLogSink,
  createTestBindings,
  createTestIdentities,
  declareTopology,
  mongodbEntries,
  rabbitmqEntries,
  redisEntries,
} from '@careplane/kit/testing';
import type { LogSink, TestBindings, TestIdentities } from '@careplane/kit/testing';
import { startMongod, startRabbit, startRedis } from '@careplane/testing';
import type { RunningMongod, RunningRabbit, RunningRedis } from '@careplane/testing';
import { MongoClient } from 'mongodb';
import { identity } from '../src/index.ts';
import { readSecrets } from '../src/keys/secrets.ts';
import { loadKeyring } from '../src/keys/signing-keys.ts';
import type { KeyStore, SigningKey, SigningKeyRecord } from '../src/keys/signing-keys.ts';

export const ADMIN_PASSWORD = randomBytes(24).toString('hex');
/** Of the client `careplane-admin`. */
export const ADMIN_CLIENT_SECRET = randomBytes(24).toString('hex');
const LOOKUP_KEY = randomBytes(32).toString('base64');
const KEY = randomBytes(32).toString('base64');

/** The engines and bindings that identity runs on. */
export interface Ground {
  readonly mongod: RunningMongod;
  readonly rabbit: RunningRabbit;
  readonly redis: RunningRedis;
  /** Signs the certificates of the services that call identity. */
  readonly identities: TestIdentities;
  readonly bindings: TestBindings;
  /** The keys in the Secret at the start. */
  readonly keys: { readonly keyEncryptionKey: string; readonly lookupKey: string };
  /** The environment of a replica, for one that a test starts as a process of its own. */
  readonly env: Readonly<Record<string, string>>;
  /** A replica of identity. */
  start(
    env?: Record<string, string>,
    /** For who reads it before the replica has started. */
    log?: LogSink,
  ): Promise<RunningService & { log: LogSink; url: string }>;
  /** The documents of collections as JSON, as a copy of the database shows them. */
  dump(collections: readonly string[]): Promise<string>;
  /** The key that identity signs access tokens with: to make tokens that identity itself would not. */
  signer(): Promise<SigningKey>;
  stop(): Promise<void>;
}

/** Starts the engines and makes the topology with a consumer `notifications`. `tls`: of the database and the cache. */
export async function startGround({ tls = false }: { readonly tls?: boolean } = {}): Promise<Ground> {
  const [mongod, rabbit, redis, identities] = await Promise.all([
    startMongod({ tls }),
    startRabbit(),
    startRedis({ tls }),
    createTestIdentities(),
  ]);
  await declareTopology(rabbit.uri, {
    service: 'identity',
    consumes: ['appointment.booked', 'appointment.cancelled', 'patient.erasure.done'],
  });
  await declareTopology(rabbit.uri, {
    service: 'notifications',
    consumes: ['patient.registered', 'account.message'],
  });
  const bindings = createTestBindings();
  bindings.write('clinic-db', mongodbEntries(mongod, 'identity'));
  bindings.write('clinic-broker', rabbitmqEntries(rabbit));
  bindings.write('clinic-cache', redisEntries(redis, 'identity'));
  bindings.write('identity-keys', {
    type: 'secret',
    adminPassword: ADMIN_PASSWORD,
    adminClientSecret: ADMIN_CLIENT_SECRET,
    keyEncryptionKey: KEY,
    lookupKey: LOOKUP_KEY,
  });
  const connect = (): Promise<MongoClient> =>
    MongoClient.connect(mongod.uri, mongod.caFile === undefined ? {} : { tlsCAFile: mongod.caFile });
  bindings.write(
    'internal',
    await identities.entries('identity', {
      http: ['notifications', 'appointments', 'records', 'gateway', 'audit'],
    }),
  );
  const env = { PORT: '0', ADMIN_PORT: '0', SHUTDOWN_DELAY_MS: '0', SERVICE_BINDING_ROOT: bindings.root };
  return {
    env,
    mongod,
    rabbit,
    redis,
    identities,
    bindings,
    keys: { keyEncryptionKey: KEY, lookupKey: LOOKUP_KEY },
    async start(over = {}, log = createLogSink()): Promise<RunningService & { log: LogSink; url: string }> {
      const running = await startService(identity, {
        env: { ...env, POD_NAME: `identity-${randomUUID()}`, ...over },
        logStream: log.stream,
      });
      if (running.url === undefined) throw new Error('identity has a public port');
      return { ...running, url: running.url, log };
    },
    async dump(collections): Promise<string> {
      const client = await connect();
      try {
        const found = collections.map((name) => client.db('identity').collection(name).find().toArray());
        return JSON.stringify(await Promise.all(found));
      } finally {
        await client.close();
      }
    },
    async signer(): Promise<SigningKey> {
      const client = await connect();
      try {
        const keys = client.db('identity').collection<SigningKeyRecord>('signing_keys');
        const find = (): Promise<SigningKeyRecord[]> => keys.find().toArray();
        const store = { records: { find } } as unknown as KeyStore;
        return (await loadKeyring(store, readSecrets(bindingsAt(bindings.root)))).signer;
      } finally {
        await client.close();
      }
    },
    async stop(): Promise<void> {
      await Promise.all([mongod.stop(), rabbit.stop(), redis.stop()]);
      bindings.remove();
    },
  };
}
