import { describe, expect, it } from '@jest/globals';
import { createBell } from '../outbox/bell.ts';
import { backoffMs, pause } from './backoff.ts';
import { createRetryBudget } from './retry-budget.ts';

describe('backoff', () => {
  const backoff = { baseMs: 100, capMs: 5_000 };

  it('doubles to its cap, with full jitter and never quite at once', () => {
    expect([0, 1, 5, 6, 1_000].map((attempt) => backoffMs(attempt, backoff, () => 1))).toEqual([
      100, 200, 3_200, 5_000, 5_000,
    ]);
    expect(backoffMs(3, backoff, () => 0)).toBe(10);
  });

  it('is cut short by a signal', async () => {
    const abort = new AbortController();
    const waiting = pause(60_000, abort.signal);
    abort.abort();
    await waiting;
    await pause(60_000, abort.signal);
  });
});

describe('the retry budget', () => {
  it('allows its reserve, then a share of the traffic', () => {
    const budget = createRetryBudget({ ratio: 0.1, reserve: 2 });
    expect([budget.withdraw(), budget.withdraw(), budget.withdraw()]).toEqual([true, true, false]);
    for (let i = 0; i < 11; i += 1) budget.deposit();
    expect([budget.withdraw(), budget.withdraw()]).toEqual([true, false]);
  });
});

describe('the bell', () => {
  it('wakes its sleeper with what it rang for, and by itself after a while', async () => {
    const bell = createBell();
    bell.ring(true); // nobody hears
    const sleeping = bell.wait(60_000);
    bell.ring(false);
    expect(await sleeping).toBe(false);
    expect(await bell.wait(1)).toBe(true);
  });
});
