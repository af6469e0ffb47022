import { describe, expect, it } from '@jest/globals';
import { whyNoPrimary } from './converge.ts';

describe('why there is no primary', () => {
  const members = ['a', 'b', 'c'].map((host, _id) => ({ _id, host }));
  const told = (healthy: string[]): string =>
    whyNoPrimary({
      config: { _id: 'rs0', version: 1, members },
      primary: undefined,
      healthy,
      sick: [],
      majority: 2,
    });

  it('is an election, or that one of three is no majority', () => {
    expect(told(['a', 'b'])).toBe('an election is under way');
    expect(told(['a'])).toBe('1 of 3 members are up, and it takes 2 to elect a primary');
  });
});
