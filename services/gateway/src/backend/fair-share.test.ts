import { describe, expect, it } from '@jest/globals';
import { createFairShare } from './fair-share.ts';

const PLACES = 5;

function full(holders: Readonly<Record<string, number>>): ReturnType<typeof createFairShare> {
  const share = createFairShare();
  for (const [caller, places] of Object.entries(holders))
    for (let n = 0; n < places; n += 1) share.entered(caller);
  return share;
}

describe('the share of a caller', () => {
  it('is everything for whoever is alone, however often it is refused', () => {
    const share = full({ a: 5 });
    for (let n = 0; n < 10; n += 1) share.refused('a', PLACES);
    share.left('a');
    expect(share.lets('a', PLACES)).toBe(true);
  });

  it('falls by a place a window while somebody who holds fewer is refused', () => {
    const share = full({ a: 5 });
    const places: boolean[] = [];
    for (let window = 0; window < 2; window += 1) {
      for (let n = 0; n < 10; n += 1) share.refused('b', PLACES);
      share.left('a');
      places.push(share.lets('a', PLACES));
      share.windowOver(PLACES);
    }
    expect(places).toEqual([false, false]);
    share.left('a');
    expect(share.lets('a', PLACES)).toBe(true);
    expect(share.lets('b', PLACES)).toBe(true);
  });

  it('rises again once nobody is short', () => {
    const share = full({ a: 4 });
    share.refused('b', PLACES);
    share.windowOver(PLACES);
    expect(share.lets('a', PLACES)).toBe(false);
    share.windowOver(PLACES);
    expect(share.lets('a', PLACES)).toBe(true);
  });

  it('leaves those who hold about the same as they are, and lets each have one', () => {
    const equal = full({ a: 3, b: 2 });
    for (const caller of ['a', 'b', 'b', 'a']) equal.refused(caller, PLACES);
    equal.left('a');
    expect(equal.lets('a', PLACES)).toBe(true);
    const many = full({ a: 1, b: 1, c: 1, d: 1, e: 1 });
    for (let window = 0; window < 10; window += 1) {
      many.refused('f', PLACES);
      many.windowOver(PLACES);
    }
    expect(many.lets('f', PLACES)).toBe(true);
  });
});
