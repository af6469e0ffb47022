import { describe, expect, it } from '@jest/globals';
import { ApiError } from '../errors.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import type { ObjectKey } from '../kube.ts';
import { WorkQueue, type QueueOptions } from './queue.ts';

const key = (name: string): ObjectKey => ({ namespace: 'n', name });

interface Run {
  name: string;
  at: number;
  finish(requeueMs?: number): Promise<void>;
  fail(error?: Error): Promise<void>;
}

/** A queue whose runs end when the test says so. */
function queueOf(options: Partial<QueueOptions> = {}): {
  queue: WorkQueue;
  clock: ManualClock;
  runs: Run[];
  failures: number[];
} {
  const clock = new ManualClock();
  const start = clock.monotonic();
  const runs: Run[] = [];
  const failures: number[] = [];
  const queue = new WorkQueue({
    concurrency: 2,
    clock,
    random: () => 1,
    run: ({ name }) => {
      const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
      runs.push({
        name,
        at: clock.monotonic() - start,
        finish: async (requeueMs) => {
          resolve(requeueMs);
          await clock.advance(0);
        },
        fail: async (error = new Error('no')) => {
          reject(error);
          await clock.advance(0);
        },
      });
      return promise;
    },
    onFailure: (_key, _error, count) => failures.push(count),
    ...options,
  });
  return { queue, clock, runs, failures };
}

const names = (runs: Run[]): string[] => runs.map(({ name }) => name);

describe('the work queue', () => {
  it('holds a key once however often it is added', async () => {
    const { queue, runs } = queueOf({ concurrency: 1 });
    queue.add(key('busy'));
    for (let count = 0; count < 100; count++) queue.add(key('a'));
    expect(queue.depth).toBe(1);
    await runs[0]?.finish();
    await runs[1]?.finish();
    expect(names(runs)).toEqual(['busy', 'a']);
  });

  it('never runs a key twice at once, and runs it again when it was added meanwhile', async () => {
    const { queue, runs } = queueOf();
    queue.add(key('a'));
    queue.add(key('a'));
    queue.add(key('a'));
    expect(runs).toHaveLength(1);
    expect(queue.isDirty(key('a'))).toBe(true);
    await runs[0]?.finish();
    expect(runs).toHaveLength(2);
    expect(queue.isDirty(key('a'))).toBe(false);
    await runs[1]?.finish();
    expect(runs).toHaveLength(2);
  });

  it('bounds what runs at once', async () => {
    const { queue, runs } = queueOf({ concurrency: 2 });
    for (const name of ['a', 'b', 'c', 'd']) queue.add(key(name));
    expect(names(runs)).toEqual(['a', 'b']);
    await runs[0]?.finish();
    expect(names(runs)).toEqual(['a', 'b', 'c']);
    expect(queue.depth).toBe(1);
  });

  it('backs off from 100 ms, doubling to the cap of a minute, and begins anew after a success', async () => {
    const { queue, clock, runs } = queueOf();
    queue.add(key('a'));
    const waits: number[] = [];
    for (let count = 0; count < 12; count++) {
      const failedAt = clock.monotonic();
      await runs.at(-1)?.fail();
      const before = runs.length;
      while (runs.length === before) await clock.advance(50);
      waits.push(clock.monotonic() - failedAt);
    }
    expect(waits.slice(0, 5)).toEqual([100, 200, 400, 800, 1_600]);
    expect(waits.at(-1)).toBe(60_000);
    await runs.at(-1)?.finish();
    queue.add(key('a'));
    await runs.at(-1)?.fail();
    expect(queue.failures(key('a'))).toBe(1);
  });

  it('does not let adds during the backoff inflate it', async () => {
    const { queue, clock, runs, failures } = queueOf();
    queue.add(key('a'));
    for (let count = 0; count < 8; count++) {
      await runs.at(-1)?.fail();
      await clock.advance(60_000);
    }
    // The ninth failure: a backoff of 25.6 s, in which an event comes every 100 ms and every try fails.
    await runs.at(-1)?.fail();
    const startedAt = clock.monotonic();
    const before = runs.length;
    while (clock.monotonic() - startedAt < 25_500) {
      queue.add(key('a'));
      await clock.advance(100);
      if (runs.length > before + failures.length - 9) await runs.at(-1)?.fail();
    }
    expect(queue.failures(key('a'))).toBe(9);
    // Events may have it tried again, but at most once a second.
    expect(runs.length - before).toBeLessThanOrEqual(25);
    const tried = runs.length;
    await clock.advance(200);
    expect(runs.length).toBe(tried + 1);
  });

  it('tries a key at once when its user changed it, whatever its backoff', async () => {
    const { queue, clock, runs } = queueOf();
    queue.add(key('a'));
    for (let count = 0; count < 10; count++) {
      await runs.at(-1)?.fail();
      await clock.advance(60_000);
    }
    await runs.at(-1)?.fail();
    const before = runs.length;
    queue.add(key('a'), { fresh: true });
    expect(runs.length).toBe(before + 1);
  });

  it('of several delays keeps the earliest, and runs once', async () => {
    const { queue, clock, runs } = queueOf();
    queue.addAfter(key('a'), 10_000);
    queue.addAfter(key('a'), 5_000);
    queue.addAfter(key('a'), 20_000);
    await clock.advance(4_999);
    expect(runs).toHaveLength(0);
    await clock.advance(1);
    await runs[0]?.finish();
    await clock.advance(60_000);
    expect(runs).toHaveLength(1);
  });

  it('runs a key again after the time that its run asked for', async () => {
    const { queue, clock, runs } = queueOf();
    queue.add(key('a'));
    await runs[0]?.finish(3_000);
    await clock.advance(3_000);
    expect(runs.map(({ at }) => at)).toEqual([0, 3_000]);
  });

  it('on stop finishes what runs and begins nothing more', async () => {
    const { queue, clock, runs } = queueOf({ concurrency: 1 });
    queue.add(key('a'));
    queue.add(key('b'));
    queue.addAfter(key('c'), 10);
    let isStopped = false;
    const stopped = queue.stop().then(() => {
      isStopped = true;
    });
    await clock.advance(1_000);
    expect(isStopped).toBe(false);
    await runs[0]?.finish(5);
    await stopped;
    queue.add(key('d'));
    await clock.advance(60_000);
    expect(names(runs)).toEqual(['a']);
  });

  it('waits as long as the API server asks for, up to the cap', async () => {
    const { queue, clock, runs } = queueOf();
    const refusal = (retryAfterMs: number): ApiError =>
      new ApiError({ status: 429, reason: 'TooManyRequests', message: 'no', path: 'p', retryAfterMs });
    queue.add(key('a'));
    await runs[0]?.fail(refusal(20_000));
    await clock.advance(19_999);
    expect(runs).toHaveLength(1);
    await clock.advance(1);
    expect(runs).toHaveLength(2);
    await runs[1]?.fail(refusal(3_600_000));
    await clock.advance(60_000);
    expect(runs).toHaveLength(3);
  });

  it('spreads the backoff of what failed together', async () => {
    const values = [0, 0.25, 0.5, 0.75];
    const { queue, clock, runs } = queueOf({ concurrency: 4, random: () => values.shift() ?? 0 });
    for (const name of ['a', 'b', 'c', 'd']) queue.add(key(name));
    for (const run of [...runs]) await run.fail();
    await clock.advance(1_000);
    expect(runs.slice(4).map(({ name, at }) => `${name} ${at}`)).toEqual([
      'a 50',
      'b 62.5',
      'c 75',
      'd 87.5',
    ]);
  });
});
