import { describe, expect, it } from '@jest/globals';
import { createAdaptiveLimit } from './adaptive-limit.ts';

const OPTIONS = { initial: 64, least: 4, most: 128 };

/** A service that works on ten calls at once, 50 ms each unless said otherwise, and lets others wait; who asks, asks so often a second. */
function simulate(
  perSecond: number,
  seconds: number,
  tookAt: (ms: number) => number = () => 50,
): { took: number[]; refused: number; limit: number } {
  let clock = 0;
  const limit = createAdaptiveLimit(OPTIONS, () => clock);
  const places = Array<number>(10).fill(0);
  const done: { at: number; entered: number; leave: () => void }[] = [];
  const took: number[] = [];
  let refused = 0;
  for (let i = 0; i < perSecond * seconds; i += 1) {
    const arrives = (i * 1_000) / perSecond;
    for (let next = done[0]; next && next.at <= arrives; next = done[0]) {
      done.shift();
      clock = next.at;
      next.leave();
      if (clock > (seconds * 1_000) / 2) took.push(next.at - next.entered);
    }
    clock = arrives;
    const leave = limit.enter();
    if (!leave) {
      refused += 1;
      continue;
    }
    const place = places.indexOf(Math.min(...places));
    const ends = Math.max(arrives, places[place] ?? 0) + tookAt(arrives);
    places[place] = ends;
    done.push({
      at: ends,
      entered: arrives,
      leave: () => {
        leave('answered');
      },
    });
    done.sort((a, b) => a.at - b.at);
  }
  return { took: took.sort((a, b) => a - b), refused, limit: limit.current() };
}

describe('the limit of calls under way', () => {
  const p95 = (values: readonly number[]): number => values[Math.floor(values.length * 0.95)] ?? NaN;

  it('refuses nobody below capacity', () => {
    expect(simulate(150, 20)).toMatchObject({ refused: 0 });
  });

  it.each([20, 300])(
    'keeps for %d s at five times capacity what is let in within twice its time, and the service busy',
    (seconds) => {
      const { took, limit } = simulate(1_000, seconds);
      expect(p95(took)).toBeLessThan(100);
      expect((took.length * 2) / seconds).toBeGreaterThan(180);
      expect(limit).toBeLessThan(20);
    },
  );

  it('learns that a service has become slower, also while callers are refused', () => {
    const { took } = simulate(500, 60, (ms) => (ms < 5_000 ? 50 : 100));
    expect(took.length / 30).toBeGreaterThan(90);
    expect(p95(took)).toBeLessThan(200);
  });

  it('shrinks when it is told "too much", to its least, and counts nothing twice', () => {
    const limit = createAdaptiveLimit(OPTIONS);
    for (let i = 0; i < 1_000; i += 1) limit.enter()?.('overloaded');
    expect(limit.current()).toBe(4);
    const places = Array.from({ length: 5 }, () => limit.enter());
    expect(places.filter((place) => place !== undefined)).toHaveLength(4);
    places[0]?.('unknown');
    expect(limit.enter()).toBeDefined();
  });
});
