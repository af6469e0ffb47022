import { describe, expect, it } from '@jest/globals';
import { milliseconds } from './duration.ts';

describe('duration', () => {
  it.each([
    ['200ms', 200],
    ['60s', 60_000],
    ['5m', 300_000],
    ['12h', 43_200_000],
    ['7d', 604_800_000],
  ])('%s is %d ms', (text, expected) => {
    expect(milliseconds(text)).toBe(expected);
  });

  it.each(['', '5', 'm', '1m30s', '-1s', '1.5h'])('refuses %j', (text) => {
    expect(() => milliseconds(text)).toThrow(RangeError);
  });
});
