import { describe, expect, it } from '@jest/globals';
import { decide, type Situation } from './decision.ts';

function decided(
  replicas: number | undefined,
  changes: Partial<Situation> = {},
  unavailable: string[] = [],
): number {
  const demand = { replicas, unavailable };
  return decide({ current: 2, min: 0, max: 5, demand, highestInWindow: replicas, ...changes });
}

describe('decision', () => {
  it('goes up at once, up to max', () => {
    expect(decided(4)).toBe(4);
    expect(decided(40)).toBe(5);
    expect(decided(1, { current: 0 })).toBe(1);
  });

  it('goes down only to what the window needed', () => {
    expect(decided(0, { highestInWindow: 1 })).toBe(1);
    expect(decided(0, { highestInWindow: 2 })).toBe(2);
    expect(decided(0, { highestInWindow: 9 })).toBe(2);
  });

  it('does not go down before a whole window was watched', () => {
    expect(decided(0, { highestInWindow: undefined })).toBe(2);
  });

  it('goes to zero when the whole window needed nothing, and stops at min', () => {
    expect(decided(0, { highestInWindow: 0 })).toBe(0);
    expect(decided(0, { highestInWindow: 0, min: 1 })).toBe(1);
  });

  it('holds without metrics, but within the bounds', () => {
    expect(decided(undefined)).toBe(2);
    expect(decided(undefined, { min: 3 })).toBe(3);
  });

  it('goes up but never down by one metric while another is missing', () => {
    expect(decided(4, {}, ['cpu'])).toBe(4);
    expect(decided(0, { highestInWindow: 0 }, ['cpu'])).toBe(2);
  });
});
