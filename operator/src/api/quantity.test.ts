import { describe, expect, it } from '@jest/globals';
import { canonicalQuantity, quantityValue } from './quantity.ts';

describe('quantity', () => {
  it.each([
    ['1', 1],
    ['250m', 0.25],
    ['0.5', 0.5],
    ['1500000000n', 1.5],
    ['2k', 2000],
    ['96Mi', 100_663_296],
    ['1Gi', 1_073_741_824],
  ])('%s is %d', (text, expected) => {
    expect(quantityValue(text)).toBeCloseTo(expected, 9);
  });

  it.each(['', 'Mi', '1.2.3', '5x', '-1'])('refuses %j', (text) => {
    expect(() => quantityValue(text)).toThrow(RangeError);
  });
});

describe('canonical form of a quantity', () => {
  it.each([
    ['0.5', '500m'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['1', '1'],
    ['2000', '2k'],
    ['0', '0'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['1000Mi', '1000Mi'],
    ['96Mi', '96Mi'],
    ['128000000', '128M'],
    ['0.5Ki', '512'],
  ])('of %s is %s', (text, expected) => {
    expect(canonicalQuantity(text)).toBe(expected);
  });
});
