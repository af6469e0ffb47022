import { describe, expect, it } from '@jest/globals';
import type { History } from './history.ts';
import { historyObjects } from './objects.ts';
import { Revision } from './revision.ts';

const hash = (number: number): string => String(number).padStart(10, '0');

/** Revisions by number, in no order. */
function historyUpTo(newest: number, oldest = 1): History {
  const numbers = Array.from({ length: newest - oldest + 1 }, (_, index) => newest - index);
  return new Map(
    numbers.map((number) => [hash(number), { revision: new Revision(hash(number), { text: '{}' }), number }]),
  );
}

function names(history: History, needed: number[]): string[] {
  return historyObjects('a', history, new Set(needed.map(hash))).map(({ metadata }) => metadata.name);
}

const named = (...numbers: number[]): string[] => numbers.map((number) => `a-${hash(number)}`);

describe('the objects of the history', () => {
  it('are the ten newest revisions, the oldest first', () => {
    expect(names(historyUpTo(12), [])).toEqual(named(3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
  });

  it('let the oldest go, but none that is needed', () => {
    expect(names(historyUpTo(12), [1])).toEqual(named(1, 4, 5, 6, 7, 8, 9, 10, 11, 12));
  });

  it('are more than ten where more are needed', () => {
    const needed = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
    expect(names(historyUpTo(12), needed)).toEqual(named(...needed));
  });

  it('are numbered from 1: a revision that only the Deployment knew has none yet', () => {
    expect(historyObjects('a', historyUpTo(0, 0), new Set())).toMatchObject([{ revision: 1 }]);
    expect(historyObjects('a', historyUpTo(7, 7), new Set())).toMatchObject([{ revision: 7 }]);
  });
});
