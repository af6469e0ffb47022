import { describe, expect, it } from '@jest/globals';
import { doubtful, isLeftBehind, isMajorityCurrent, type MemberAccount } from './staleness.ts';

const SOURCE = { oldest: { t: 100, i: 5 }, setId: 'ours' };
const BEHIND: MemberAccount = { isTooStale: true, newest: { t: 100, i: 4 }, setId: 'ours' };

describe('a member that is left behind', () => {
  const isIt = (changes: Partial<MemberAccount>, isMember = true): boolean =>
    isLeftBehind({ ...BEHIND, ...changes }, SOURCE, isMember);

  it('stopped before the oldest write that the primary can hand on, and says that it cannot catch up', () => {
    expect(isIt({})).toBe(true);
    expect(isIt({ newest: { t: 100, i: 5 } })).toBe(false);
    expect(isIt({ newest: { t: 101, i: 1 } })).toBe(false);
    expect(isIt({ isTooStale: false })).toBe(false);
  });

  it('need not say so before it comes in, since it has nobody to ask yet', () => {
    expect(isIt({ isTooStale: false }, false)).toBe(true);
    expect(isIt({ isTooStale: false, newest: { t: 101, i: 1 } }, false)).toBe(false);
  });

  it('is none without data, or with the data of another set', () => {
    expect(isLeftBehind({ isTooStale: false }, SOURCE, false)).toBe(false);
    expect(isIt({ setId: 'theirs' })).toBe(false);
    expect(isIt({ setId: 'theirs' }, false)).toBe(false);
  });

  it('is looked for where a member is RECOVERING or is to join', () => {
    const view = {
      config: { _id: 'rs0', version: 1, members: [] },
      primary: 'a',
      healthy: ['a'],
      majority: 2,
    };
    const sick = ['RECOVERING', 'STARTUP2', '(not reachable/healthy)', 'ROLLBACK'].map((state) => ({
      host: state,
      state,
    }));
    expect(doubtful({ ...view, sick }, 'd')).toEqual([
      { host: 'RECOVERING', isMember: true },
      { host: 'd', isMember: false },
    ]);
    expect(doubtful({ ...view, sick: [] }, undefined)).toEqual([]);
  });
});

describe('a current majority', () => {
  const member = (state: number, t: number): object => ({ state, optime: { ts: { t, i: 0 } } });
  const told = (...members: object[]): object => ({ majorityVoteCount: 2, writeMajorityCount: 2, members });
  const oldest = { t: 100, i: 0 };

  it('is of members that are primary or secondary and have all that the primary hands on', () => {
    expect(isMajorityCurrent(told(member(1, 200), member(2, 100), member(3, 50)), oldest)).toBe(true);
    expect(isMajorityCurrent(told(member(1, 200), member(3, 150), member(3, 50)), oldest)).toBe(false);
  });

  it('does not count one that has just started and calls itself secondary with old data, or has none', () => {
    expect(isMajorityCurrent(told(member(1, 200), member(2, 99), member(3, 50)), oldest)).toBe(false);
    expect(isMajorityCurrent(told(member(1, 200), { state: 2 }, member(3, 50)), oldest)).toBe(false);
  });

  it('is one member where the others have no vote yet', () => {
    const alone = { majorityVoteCount: 1, writeMajorityCount: 1, members: [member(1, 200)] };
    expect(isMajorityCurrent(alone, oldest)).toBe(true);
  });
});
