import { expect, it, jest } from '@jest/globals';
import { startMongod, startRabbit, startRedis, until } from '@careplane/testing';
import fc from 'fast-check';
import { NAME_MAX_LENGTH, NAME_PATTERN } from '../api/fields.ts';
import { RESERVED_NAMES, type AccountEngine } from '../api/reserved-names.ts';
import { reservedAccount } from '../names/reserved-name.ts';
import { convergeReplicaSet, type ReplicaSetReport } from './mongodb/converge.ts';
import { convergeTopology, type TopologyReport } from './rabbitmq/converge.ts';
import { ManagementClient } from './rabbitmq/management.ts';
import { topologyOf } from './rabbitmq/topology.ts';
import { aclFile, operatorUser, serviceUser } from './redis/acl.ts';
import { withRedis } from './redis/connection.ts';
import { convergeAcl } from './redis/users.ts';

// Engines start slowly on a busy machine of two cores.
jest.setTimeout(180_000);

/** Another one for another run: `RANDOM_NAMES_SEED=7`. */
const SEED = Number(process.env['RANDOM_NAMES_SEED'] ?? 20261129);

/** Legal names, those that engines and clusters are full of, and every reserved one. */
const NAMES = [
  ...new Set([
    ...fc.sample(
      fc.stringMatching(NAME_PATTERN).filter((name) => name.length <= NAME_MAX_LENGTH),
      { seed: SEED, numRuns: 40 },
    ),
    'x'.repeat(NAME_MAX_LENGTH),
    ...['test', 'system', 'rabbit', 'replication', 'startup', 'root', 'on', 'off', 'reset', 'nopass', 'null'],
    ...RESERVED_NAMES.map(({ name }) => name),
    'careplane-operator',
  ]),
];

/** Those that a store or broker gives an account to. */
const accountsAt = (engine: AccountEngine): string[] =>
  NAMES.filter((name) => reservedAccount(engine, name) === undefined);

const graceOf = (wanted: string[]): { noted: []; wanted: string[]; now: number; graceMs: number } => ({
  noted: [],
  wanted,
  now: Date.now(),
  graceMs: 3_600_000,
});

it(`MongoDB takes every name that is not reserved (seed ${SEED})`, async () => {
  const mongod = await startMongod({ tls: true, auth: true, initiate: false });
  try {
    const address = `127.0.0.1:${mongod.port}`;
    const access = { ca: mongod.certificates?.ca ?? '', keyfile: mongod.keyfile ?? '' };
    const names = accountsAt('mongodb');
    const users = names.map((service) => ({ service, password: `${service}-password` }));
    const wanted = { members: [address], reachable: [address], users, grace: graceOf(names) };
    const converge = (): Promise<ReplicaSetReport> => convergeReplicaSet(wanted, access);
    await until(async () => (await converge()).userChanges === 0, { what: 'all users to be made' });
    expect((await converge()).refused).toEqual([]);
    expect(names).not.toContain('local');
  } finally {
    await mongod.stop();
  }
});

it(`Redis takes every name that is not reserved, and the operator still gets in (seed ${SEED})`, async () => {
  const names = accountsAt('redis');
  const users = [operatorUser('root'), ...names.map((name) => serviceUser(name, `${name}-password`))];
  const redis = await startRedis({ tls: true, acl: aclFile(users).trim().split('\n') });
  try {
    const { host, port, certificates } = redis;
    const access = { host, port, ca: certificates?.ca ?? '', password: 'root' };
    const { changes, refused } = await withRedis(access, (client) =>
      convergeAcl(client, users, graceOf(names)),
    );
    expect({ changes, refused }).toEqual({ changes: 0, refused: [] });
  } finally {
    await redis.stop();
  }
});

it(`RabbitMQ takes every name that is not reserved, and the operator still gets in (seed ${SEED})`, async () => {
  const rabbit = await startRabbit({ tls: true });
  const { managementUrl: url, username, password, certificates } = rabbit;
  const client = new ManagementClient({ url, username, password, ca: certificates?.ca ?? '' });
  try {
    const names = accountsAt('rabbitmq').slice(-20);
    const services = names.map((service) => ({ service, publishes: ['a.b'], consumes: ['a.b'] }));
    const wanted = {
      vhost: 'clinic',
      topology: topologyOf(services),
      passwords: new Map(names.map((name) => [name, `${name}-password`])),
      nodes: 1,
      administrator: username,
      grace: graceOf(names),
    };
    const converge = (): Promise<TopologyReport> => convergeTopology(client, wanted);
    await until(async () => (await converge()).changes === 0, { what: 'the topology to settle' });
    expect((await converge()).refused).toEqual([]);
  } finally {
    await client.close();
    await rabbit.stop();
  }
});
