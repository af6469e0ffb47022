import { describe, expect, it } from '@jest/globals';
import { whyNotAsked, type Founders } from './initiation.ts';

function why(given: Partial<Founders>): string | undefined {
  return whyNotAsked({ members: ['a'], reachable: ['a'], ...given });
}

describe('the initiation of a replica set', () => {
  it('waits for every member', () => {
    expect(why({ members: ['a', 'b', 'c'] })).toMatch(/waiting for every member/);
    expect(why({})).toBeUndefined();
  });

  it('waits for every pod that may hold the data, also of those that are wanted no more', () => {
    expect(why({ holders: ['a', 'b', 'c'], reachable: ['a', 'b'] })).toMatch(/^waiting for c, /);
    expect(why({ holders: ['a', 'b', 'c'], reachable: ['a', 'b', 'c'] })).toBeUndefined();
  });

  it('waits likewise once a set was there, and says so', () => {
    expect(why({ wasInitiated: true, reachable: [] })).toMatch(/initiated before/);
    expect(why({ wasInitiated: true, holders: ['b'] })).toMatch(/initiated before/);
    expect(why({ wasInitiated: true })).toBeUndefined();
  });
});
