import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isNumber, parseExactly } from './exact-json.ts';

describe('numbers of JSON', () => {
  it.each([
    '1.10',
    '0.010',
    '-1.0',
    '1.0e3',
    '1E5',
    '-0',
    '-0.00',
    '12345678901234567890',
    '0.12345678901234567',
    '1e400',
  ])('are written as they were read: %s', (number) => {
    for (const text of [
      `{"value":${number}}`,
      `[1,${number},{"a":[${number}]}]`,
      `{"a": ${number} }`,
      `[ ${number}\n]`,
    ])
      expect(JSON.stringify(parseExactly(text))).toBe(text.replaceAll(/\s/g, ''));
    expect(isNumber((parseExactly(`[${number}]`) as unknown[])[0])).toBe(true);
  });

  it('are equal when their texts are', () => {
    const read = (text: string): unknown => parseExactly(`{"value":${text}}`);
    expect(isDeepStrictEqual(read('1.10'), read('1.10'))).toBe(true);
    expect(isDeepStrictEqual(read('1.10'), read('1.100'))).toBe(false);
    expect(isDeepStrictEqual(read('1.10'), read('1.1'))).toBe(false);
  });

  it('are JavaScript numbers where nothing is lost, and texts stay texts', () => {
    const text = '{"a":1.5,"b":0,"c":-3,"d":"x: 1.10, 2e5","e":100,"f":[1.25,20]}';
    expect(parseExactly(text)).toEqual(JSON.parse(text));
    expect(isNumber('1.10')).toBe(false);
  });

  it('of any text that JSON.parse takes come back as they were', () => {
    const number = fc
      .tuple(
        fc.constantFrom('', '-'),
        fc.nat(),
        fc.option(fc.stringMatching(/^[0-9]{1,20}$/)),
        fc.constantFrom('', 'e3', 'E-7'),
      )
      .map(
        ([sign, whole, fraction, power]) =>
          `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${power}`,
      );
    fc.assert(
      fc.property(fc.array(number), fc.constantFrom('', ' ', '\n'), (numbers, space) => {
        const text = `[${numbers.map((one) => `${space}${one}`).join(',')}]`;
        expect(JSON.stringify(parseExactly(text))).toBe(text.replaceAll(/\s/g, ''));
      }),
      { numRuns: 1_000 },
    );
  });
});
