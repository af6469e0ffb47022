import { describe, expect, it } from '@jest/globals';
import { resyncFile, resyncsOf, type ResyncSigns } from './resync.ts';

const NOW = Date.parse('2026-11-29T12:00:00Z');
const SINCE = '2026-11-29T12:00:00Z';
const EARLIER = '2026-11-29T11:50:00Z';

function signs(changes: Partial<ResyncSigns> = {}): ResyncSigns {
  return { stale: new Map(), healthy: ['db-0', 'db-2'], isSafe: true, now: NOW, ...changes };
}

describe('resyncs', () => {
  it('begin with a member that is too far behind, and end when it is up', () => {
    const begun = resyncsOf([], signs({ stale: new Map([['db-1', 'first']]) }));
    expect(begun).toEqual([{ member: 'db-1', pod: 'first', since: SINCE }]);
    expect(resyncsOf(begun, signs())).toEqual(begun);
    expect(resyncsOf(begun, signs({ healthy: ['db-0', 'db-1', 'db-2'] }))).toEqual([]);
  });

  it('keep their time for the pod that was found, and begin anew with another that is too far behind again', () => {
    const noted = [{ member: 'db-1', pod: 'first', since: EARLIER }];
    const again = (pod: string): unknown => resyncsOf(noted, signs({ stale: new Map([['db-1', pod]]) }));
    expect(again('first')).toEqual(noted);
    expect(again('second')).toEqual([{ member: 'db-1', pod: 'second', since: SINCE }]);
  });

  it('are none at all without a primary and a healthy majority', () => {
    const noted = [{ member: 'db-1', pod: 'first', since: EARLIER }];
    expect(resyncsOf(noted, signs({ isSafe: false, stale: new Map([['db-2', 'x']]) }))).toEqual([]);
  });

  it('are forgotten when they did not begin in time, and decided anew where they are still wanted', () => {
    const noted = [{ member: 'db-1', pod: 'first', since: '2026-11-28T12:00:00Z' }];
    expect(resyncsOf(noted, signs())).toEqual([]);
    expect(resyncsOf(noted, signs({ stale: new Map([['db-1', 'first']]) }))).toEqual([
      { member: 'db-1', pod: 'first', since: SINCE },
    ]);
  });

  it('are told to the pods line by line, with the time after which they count no more', () => {
    const end = NOW / 1_000 + 15 * 60;
    expect(resyncFile([{ member: 'db-1', pod: 'first', since: SINCE }])).toBe(`db-1 first ${end}\n`);
    expect(resyncFile([])).toBe('');
  });
});
