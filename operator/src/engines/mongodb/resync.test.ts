import { describe, expect, it } from '@jest/globals';
import { staleMembers } from './replica-set.ts';
import { resyncFile, resyncsOf } from './resync.ts';

const NOW = Date.parse('2026-11-29T12:00:00Z');
const SINCE = '2026-11-29T12:00:00Z';
const EARLIER = '2026-11-29T11:00:00Z';

describe('members that are too far behind', () => {
  const oldest = new Date('2026-11-29T11:30:00Z');
  const member = (state: string, appliedAt?: string): object => ({
    host: 'db-1:27017',
    state,
    ...(appliedAt === undefined ? {} : { appliedAt: new Date(appliedAt) }),
  });
  const stale = (one: object): string[] => staleMembers([one as never], oldest);

  it('are those that do not follow and stopped before the oldest write that can be handed on', () => {
    expect(stale(member('RECOVERING', EARLIER))).toEqual(['db-1:27017']);
    expect(stale(member('RECOVERING', '2026-11-29T11:45:00Z'))).toEqual([]);
    expect(stale(member('STARTUP2', EARLIER))).toEqual([]);
    expect(stale(member('RECOVERING'))).toEqual([]);
    expect(staleMembers([member('RECOVERING', EARLIER) as never], undefined)).toEqual([]);
  });
});

describe('resyncs', () => {
  it('begin with a member that is stale, and end when it is up', () => {
    const begun = resyncsOf([], { stale: new Map([['db-1', EARLIER]]), healthy: ['db-0'], now: NOW });
    expect(begun).toEqual([{ member: 'db-1', since: SINCE }]);
    expect(resyncsOf(begun, { stale: new Map(), healthy: ['db-0'], now: NOW })).toEqual(begun);
    expect(resyncsOf(begun, { stale: new Map(), healthy: ['db-0', 'db-1'], now: NOW })).toEqual([]);
  });

  it('keep their time while the pod is the one that was found, and begin anew with a pod that was made since', () => {
    const noted = [{ member: 'db-1', since: EARLIER }];
    const again = (made: string): unknown =>
      resyncsOf(noted, { stale: new Map([['db-1', made]]), healthy: [], now: NOW });
    expect(again('2026-11-29T10:00:00Z')).toEqual(noted);
    expect(again('2026-11-29T11:00:01Z')).toEqual([{ member: 'db-1', since: SINCE }]);
  });

  it('are told to the pods line by line', () => {
    expect(resyncFile([{ member: 'db-1', since: SINCE }])).toBe(`db-1 ${SINCE}\n`);
    expect(resyncFile([])).toBe('');
  });
});
