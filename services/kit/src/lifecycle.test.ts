import { describe, expect, it } from '@jest/globals';
import { createHealth } from './health.ts';
import { createLifecycle } from './lifecycle.ts';
import type { Logger } from './observe/logger.ts';

const silent: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
};

describe('shutdown', () => {
  it('runs the phases in their order, the last registered of a phase first, and goes on after a failure', async () => {
    const order: string[] = [];
    const lifecycle = createLifecycle({ logger: silent, delayMs: 0, deadlineMs: 1_000 });
    const note = (name: string) => () => void order.push(name);
    lifecycle.onShutdown('close', 'mongo', note('mongo'));
    lifecycle.onShutdown('close', 'amqp', note('amqp'));
    lifecycle.onShutdown('flush', 'outbox', () => {
      order.push('outbox');
      throw new TypeError('broken');
    });
    lifecycle.onShutdown('consumers', 'queue', note('queue'));
    lifecycle.onShutdown('http', 'public', note('public'));
    lifecycle.beforeShutdown(note('unready'));
    const [first, second] = await Promise.all([lifecycle.shutdown(), lifecycle.shutdown()]);
    expect(order).toEqual(['unready', 'public', 'queue', 'outbox', 'amqp', 'mongo']);
    expect([first, second]).toEqual([false, false]);
  });

  it('gives up on a step that does not end before the deadline', async () => {
    const lifecycle = createLifecycle({ logger: silent, delayMs: 0, deadlineMs: 20 });
    lifecycle.onShutdown('http', 'stuck', () => new Promise<void>(() => undefined));
    expect(await lifecycle.shutdown()).toBe(false);
  });
});

describe('readiness', () => {
  const fail = (): void => {
    throw new Error('away');
  };

  it('needs the start, every required check, and a `once` check only until it has passed', async () => {
    const health = createHealth();
    let broker: () => void = fail;
    health.register('rabbitmq', 'once', () => {
      broker();
    });
    health.register('redis', 'optional', fail);
    expect(await health.report()).toEqual({
      ready: false,
      failing: ['starting', 'rabbitmq'],
      degraded: ['redis'],
    });
    health.started();
    expect((await health.report()).ready).toBe(false);
    broker = () => undefined;
    expect(await health.report()).toEqual({ ready: true, failing: [], degraded: ['redis'] });
    broker = fail;
    expect(await health.report()).toEqual({ ready: true, failing: [], degraded: ['rabbitmq', 'redis'] });
    health.register('mongodb', 'required', fail);
    expect((await health.report()).failing).toEqual(['mongodb']);
  });

  it('waits 20 s for an awaited check, no longer, and never again once it has passed', async () => {
    let now = 0;
    const health = createHealth({ now: () => now });
    let keys: () => void = fail;
    health.register('user-keys', 'awaited', () => {
      keys();
    });
    health.started();
    now = 19_999;
    expect(await health.report()).toEqual({ ready: false, failing: ['user-keys'], degraded: [] });
    now = 20_000;
    expect(await health.report()).toEqual({ ready: true, failing: [], degraded: ['user-keys'] });
    now = 0;
    keys = () => undefined;
    expect((await health.report()).ready).toBe(true);
    keys = fail;
    expect(await health.report()).toEqual({ ready: true, failing: [], degraded: ['user-keys'] });
  });

  it('fails for good from SIGTERM on, and counts a check that hangs as failed', async () => {
    const health = createHealth({ timeoutMs: 10 });
    health.register('mongodb', 'required', () => new Promise<void>(() => undefined));
    health.started();
    expect((await health.report()).failing).toEqual(['mongodb']);
    health.stopping();
    health.started();
    expect((await health.report()).failing).toContain('stopping');
  });
});
