import { describe, expect, it } from '@jest/globals';
import { differences, doubleBooked } from './compare.ts';

describe('differences', () => {
  it('names every path that differs, is missing or is unexpected', () => {
    const expected = { a: 1, b: { c: [1, 2], d: 'x' }, e: true };
    expect(differences(expected, structuredClone(expected))).toEqual([]);
    expect(differences(expected, { a: 1, b: { c: [1, 3], d: 'y' }, f: 0 })).toEqual([
      'b.c.1',
      'b.d',
      'e',
      'f',
    ]);
    expect(differences(expected, undefined)).toEqual(['(all)']);
  });
});

describe('doubleBooked', () => {
  const span = (who: string, start: string, end: string): { who: string; start: string; end: string } => ({
    who,
    start: `2027-03-01T${start}:00.000Z`,
    end: `2027-03-01T${end}:00.000Z`,
  });

  it('finds overlaps of one person only, also with a long visit before a short one', () => {
    expect(
      doubleBooked([span('a', '09:00', '09:30'), span('b', '09:00', '09:30'), span('a', '09:30', '10:00')]),
    ).toEqual([]);
    expect(
      doubleBooked([span('a', '09:00', '11:00'), span('a', '09:30', '09:45'), span('a', '10:00', '10:15')]),
    ).toEqual(['a']);
  });
});
