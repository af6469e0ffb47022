import { describe, expect, it } from '@jest/globals';
import { Breakers, type Parkable } from './breakers.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';

const objectOf = (name: string, generation = 1): Parkable => ({
  id: name,
  kind: 'Service',
  key: { name },
  generation,
});

function breakersOf(): { breakers: Breakers; clock: ManualClock; woken: string[] } {
  const clock = new ManualClock();
  const woken: string[] = [];
  const breakers = new Breakers({ clock, random: () => 1, wake: (_kind, { name }) => woken.push(name) });
  return { breakers, clock, woken };
}

describe('the breaker of a dependency', () => {
  it('has one object at a time try again, with growing pauses, and never the same first', async () => {
    const { breakers, clock, woken } = breakersOf();
    for (let index = 0; index < 100; index++) breakers.park('broker', objectOf(`o${index}`));
    for (let round = 0; round < 300; round++) {
      await clock.advance(1_000);
      const probe = woken.at(-1);
      if (probe !== undefined && breakers.admits(objectOf(probe))) breakers.park('broker', objectOf(probe));
    }
    // Five minutes: pauses of 1, 2, 4, 8, 16, then 30 s.
    expect(woken.length).toBeLessThan(20);
    expect(new Set(woken).size).toBe(woken.length);
  });

  it('wakes all others when one gets through', async () => {
    const { breakers, clock, woken } = breakersOf();
    for (const name of ['a', 'b', 'c']) breakers.park('broker', objectOf(name));
    await clock.advance(1_000);
    expect(woken).toEqual(['a']);
    breakers.succeeded('a');
    expect(woken).toEqual(['a', 'b', 'c']);
    expect(breakers.admits(objectOf('b'))).toBe(true);
  });

  it('turns parked objects away, but not one whose spec changed nor one that never was parked', () => {
    const { breakers } = breakersOf();
    breakers.park('broker', objectOf('a'));
    expect(breakers.admits(objectOf('a'))).toBe(false);
    expect(breakers.admits(objectOf('a', 2))).toBe(true);
    expect(breakers.admits(objectOf('new'))).toBe(true);
  });

  it('lets news about a parked object bring the next try forward, once', async () => {
    const { breakers, clock } = breakersOf();
    for (const name of ['a', 'b']) breakers.park('broker', objectOf(name));
    await clock.advance(1_000);
    breakers.park('broker', objectOf('a'));
    await clock.advance(1_000);
    expect([breakers.admits(objectOf('b')), breakers.admits(objectOf('a'))]).toEqual([true, false]);
  });

  it('goes on with another object when the one that tries is deleted', async () => {
    const { breakers, clock, woken } = breakersOf();
    for (const name of ['a', 'b']) breakers.park('broker', objectOf(name));
    await clock.advance(1_000);
    breakers.release('a');
    await clock.advance(2_000);
    expect(woken).toEqual(['a', 'b']);
  });
});
