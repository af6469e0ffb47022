import { describe, expect, it } from '@jest/globals';
import { MOST_PATIENTS_OF_PART, MOST_ROWS, partLength } from './part.ts';

const rowsOf = (...counts: readonly number[]): string[] =>
  counts.flatMap((count, at) => Array.from({ length: count }, () => `patient-${String(at)}`));

describe('a part of an export', () => {
  it('is all there is, when that is little', () => {
    expect(partLength([])).toEqual({ length: 0, isSplit: false });
    expect(partLength(rowsOf(3, 2))).toEqual({ length: 5, isSplit: false });
    expect(partLength(rowsOf(MOST_ROWS))).toEqual({ length: MOST_ROWS, isSplit: false });
  });

  it('ends with a patient', () => {
    expect(partLength(rowsOf(MOST_ROWS - 10, 11))).toEqual({ length: MOST_ROWS - 10, isSplit: false });
    const many = rowsOf(...Array.from({ length: MOST_PATIENTS_OF_PART + 1 }, () => 2));
    expect(partLength(many)).toEqual({ length: 2 * MOST_PATIENTS_OF_PART, isSplit: false });
  });

  it('splits a patient who has more than a file', () => {
    expect(partLength(rowsOf(MOST_ROWS + 1))).toEqual({ length: MOST_ROWS, isSplit: true });
  });
});
