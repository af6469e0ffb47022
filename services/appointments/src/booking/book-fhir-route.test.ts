import { describe, expect, it } from '@jest/globals';
import { follow } from './book-fhir-route.ts';

describe('slots of one visit', () => {
  it.each([
    [[], true],
    [[1000], true],
    [[1000, 1015, 1030], true],
    [[1000, 1000], false],
    [[1000, 1030], false],
    [[1000, 1015, 1015], false],
    [[1000, 1010], false],
  ])('that begin at %j follow each other: %s', (starts, expected) => {
    expect(follow(starts, 15)).toBe(expected);
  });
});
