import { describe, expect, it } from '@jest/globals';
import { DriftBackoff } from './drift-backoff.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';

/** Corrects whenever it may for so long; resolves to the milliseconds between the corrections. */
async function fight(damper: DriftBackoff, clock: ManualClock, ms: number): Promise<number[]> {
  const end = clock.monotonic() + ms;
  const at: number[] = [];
  while (clock.monotonic() < end) {
    if (damper.waitMs('c') === 0) {
      damper.corrected('c');
      at.push(clock.monotonic());
    }
    await clock.advance(1_000);
  }
  return at.slice(1).map((time, index) => time - (at[index] ?? 0));
}

describe('the damper of drift wars', () => {
  it('lets five corrections within a minute pass, then waits 10 s, doubling to 5 minutes', async () => {
    const clock = new ManualClock();
    const pauses = await fight(new DriftBackoff(clock), clock, 1_500_000);
    expect(pauses).toEqual([
      ...Array.from({ length: 5 }, () => 1_000),
      ...[10, 20, 40, 80, 160, 300, 300, 300].map((seconds) => seconds * 1_000),
    ]);
  });

  it('never holds back a child that drifts now and then', async () => {
    const clock = new ManualClock();
    const damper = new DriftBackoff(clock);
    for (let day = 0; day < 200; day++) {
      damper.corrected('c');
      expect(damper.waitMs('c')).toBe(0);
      await clock.advance(13_000);
    }
  });

  it('forgets a war that ended, and knows each child by itself', async () => {
    const clock = new ManualClock();
    const damper = new DriftBackoff(clock);
    await fight(damper, clock, 300_000);
    expect(damper.waitMs('c')).toBeGreaterThan(0);
    expect(damper.waitMs('other')).toBe(0);
    await clock.advance(1_200_000);
    damper.corrected('c');
    expect(damper.waitMs('c')).toBe(0);
  });
});
