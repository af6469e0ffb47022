import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startRedis, type RunningRedis } from '@careplane/testing';
import { Redis } from 'ioredis';
import { aclFile, operatorUser, serviceUser, type AclUser } from './acl.ts';
import { disconnect, readServer, withRedis } from './connection.ts';
import { convergeAcl } from './users.ts';

// Engines start slowly on a busy machine of two cores.
jest.setTimeout(120_000);

const ADMIN = 'admin-password';
const GATEWAY = serviceUser('gateway', 'gateway-password');
const IDENTITY = serviceUser('identity', 'identity-password');
let redis: RunningRedis;
/** Who was named as departing by the last round. */
let lastDeparting: string[] = [];
/** Whom the server refused in the last round. */
let lastRefused: string[] = [];

beforeAll(async () => {
  redis = await startRedis({
    tls: true,
    acl: aclFile([operatorUser(ADMIN), IDENTITY])
      .trim()
      .split('\n'),
  });
});
afterAll(() => redis.stop());

async function converge(users: AclUser[], graceMs = 0): Promise<number> {
  const { host, port } = redis;
  const ca = redis.certificates?.ca ?? '';
  const grace = { noted: [], wanted: [], now: Date.now(), graceMs };
  const { changes, refused, departing } = await withRedis({ host, port, ca, password: ADMIN }, (client) =>
    convergeAcl(client, [operatorUser(ADMIN), ...users], grace),
  );
  lastDeparting = departing.map(({ service }) => service);
  lastRefused = refused.map(({ service }) => service);
  return changes;
}

async function as<T>(username: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis({
    host: redis.host,
    port: redis.port,
    tls: { ca: redis.certificates?.ca },
    username,
    password: `${username}-password`,
    lazyConnect: true,
    retryStrategy: () => null,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    disconnect(client);
  }
}

describe('the operator and a real Redis with TLS and ACL', () => {
  it('makes what is missing and then has nothing to do: the file at start and the server agree', async () => {
    expect(await converge([IDENTITY, GATEWAY])).toBe(1);
    expect(await converge([IDENTITY, GATEWAY])).toBe(0);
  });

  it('serves the others beside a user that the server refuses', async () => {
    expect(
      await converge([serviceUser('two words', 'x'), IDENTITY, GATEWAY, serviceUser('zoe', 'zoe-password')]),
    ).toBe(1);
    expect(lastRefused).toEqual(['two words']);
    expect(await as('zoe', (client) => client.ping())).toBe('PONG');
    expect(await converge([IDENTITY, GATEWAY])).toBe(1);
    expect(lastRefused).toEqual([]);
  });

  it('the server tells where its data is', async () => {
    const { host, port } = redis;
    const ca = redis.certificates?.ca ?? '';
    const told = await withRedis({ host, port, ca, password: ADMIN }, readServer);
    expect(told).toEqual({
      directory: '/tmp/data',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as unknown,
    });
  });

  it('a user works with its own keys, scripts, transactions and channels', async () => {
    await as('gateway', async (client) => {
      expect(await client.ping()).toBe('PONG');
      await client.multi().set('gateway:a', '1').incr('gateway:a').pexpire('gateway:a', 60_000).exec();
      expect(await client.eval("return redis.call('get', KEYS[1])", 1, 'gateway:a')).toBe('2');
      const sha = await client.script('LOAD', 'return 1');
      expect(await client.evalsha(String(sha), 0)).toBe(1);
      expect(await client.publish('gateway:news', 'x')).toBe(0);
      expect(await client.info('server')).toMatch(/redis_version/);
    });
  });

  it.each([
    ['another service’s key', (client: Redis) => client.get('identity:a')],
    [
      'another service’s key through a script',
      (client: Redis) => client.eval("return redis.call('get', KEYS[1])", 1, 'identity:a'),
    ],
    ['another service’s channel', (client: Redis) => client.publish('identity:news', 'x')],
    ['SCAN', (client: Redis) => client.scan(0)],
    ['KEYS', (client: Redis) => client.keys('*')],
    ['RANDOMKEY', (client: Redis) => client.randomkey()],
    ['FLUSHALL', (client: Redis) => client.flushall()],
    ['CONFIG', (client: Redis) => client.config('GET', '*')],
    ['ACL', (client: Redis) => client.call('ACL', 'LIST')],
    ['SCRIPT FLUSH', (client: Redis) => client.script('FLUSH')],
    ['FUNCTION', (client: Redis) => client.call('FUNCTION', 'LIST')],
    ['SHUTDOWN', (client: Redis) => client.call('SHUTDOWN', 'NOSAVE')],
  ])('a user is refused %s', async (_what, use) => {
    await as('gateway', (client) => expect(use(client)).rejects.toThrow(/NOPERM/));
  });

  it('nobody gets in without a name', async () => {
    await expect(as('default', (client) => client.ping())).rejects.toThrow(/WRONGPASS|closed/i);
  });

  it('a user that nobody wants stays until its grace is over', async () => {
    expect(await converge([IDENTITY], 60_000)).toBe(0);
    expect(lastDeparting).toEqual(['gateway']);
    expect(await as('gateway', (client) => client.ping())).toBe('PONG');
  });

  it('a removed user is out at once, and its data is kept', async () => {
    expect(await converge([IDENTITY])).toBe(1);
    await expect(as('gateway', (client) => client.ping())).rejects.toThrow();
    const ca = redis.certificates?.ca ?? '';
    const { host, port } = redis;
    expect(await withRedis({ host, port, ca, password: ADMIN }, (client) => client.get('gateway:a'))).toBe(
      '2',
    );
  });

  it('keeps what was written in transactions and scripts when it is killed', async () => {
    const script = "redis.call('set', KEYS[1], 0, 'EX', 60) return redis.call('incrby', KEYS[1], 7)";
    await as('identity', async (client) => {
      await client.multi().set('identity:a', '1').set('identity:b', '2').exec();
      expect(await client.eval(script, 1, 'identity:count')).toBe(7);
    });
    await redis.kill();
    await redis.restart();
    await as('identity', async (client) => {
      expect(await client.mget('identity:a', 'identity:b', 'identity:count')).toEqual(['1', '2', '7']);
      expect(await client.ttl('identity:count')).toBeGreaterThan(0);
    });
    await expect(as('default', (client) => client.ping())).rejects.toThrow(/WRONGPASS|closed/i);
  });
});
