import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { startRedis, startTcpProxy, until } from '@careplane/testing';
import { startOn } from '../../test/ground.ts';
import { connectRedis } from '../index.ts';
import type { Cache } from '../index.ts';
import { createTestBindings } from '../testing/index.ts';

jest.setTimeout(60_000);

describe('a cache whose connection stays open and says nothing any more', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  it('is let go after seconds, so that callers fail at once, and comes back', async () => {
    const redis = await startRedis();
    const wire = await startTcpProxy(redis.port);
    const bindings = createTestBindings();
    bindings.write('cache', { type: 'redis', host: '127.0.0.1', port: String(wire.port) });
    let cache: Cache | undefined;
    const service = await startOn(bindings, 'gateway', (ctx) => {
      cache = connectRedis(ctx);
      return {};
    });
    ends.push(
      () => redis.stop(),
      () => wire.stop(),
      () => {
        bindings.remove();
      },
      () => service.stop(),
    );
    const client = cache?.client;
    if (!client) throw new Error('started');
    const isReady = (): boolean => client.status === 'ready';
    await until(() => Promise.resolve(isReady()), { what: 'the connection' });
    wire.freeze();
    await expect(client.incr('n')).rejects.toThrow('timed out');
    await until(() => Promise.resolve(!isReady()), { what: 'the end of the connection', deadlineMs: 10_000 });
    const before = performance.now();
    await expect(client.incr('n')).rejects.toThrow();
    expect(performance.now() - before).toBeLessThan(200);
    wire.thaw();
    expect(await until(() => client.incr('n').catch(() => undefined), { what: 'an answer' })).toBeGreaterThan(
      0,
    );
  });
});
