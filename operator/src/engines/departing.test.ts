import { describe, expect, it } from '@jest/globals';
import { departures, overdue, type Grace } from './departing.ts';

const NOON = '2026-11-21T12:00:00Z';
const HOUR = 3_600_000;
const grace = (changes: Partial<Grace> = {}): Grace => ({
  departing: [{ service: 'identity', since: NOON }],
  now: Date.parse(NOON) + HOUR,
  graceMs: 24 * HOUR,
  ...changes,
});

describe('departing services', () => {
  it('keep the time that was noted; new ones begin now', () => {
    expect(departures(['notifications', 'identity', 'identity'], grace())).toEqual([
      { service: 'identity', since: NOON },
      { service: 'notifications', since: '2026-11-21T13:00:00Z' },
    ]);
    expect(departures([], grace())).toEqual([]);
  });

  it('are overdue from the end of the grace period on, and not before', () => {
    const { departing } = grace();
    const end = Date.parse(NOON) + 24 * HOUR;
    expect(overdue(departing, grace({ now: end - 1 }))).toEqual(new Set());
    expect(overdue(departing, grace({ now: end }))).toEqual(new Set(['identity']));
    expect(overdue([{ service: 'x', since: NOON }], grace({ graceMs: 0 }))).toEqual(new Set(['x']));
  });

  it('are never overdue by a time that cannot be read', () => {
    expect(overdue([{ service: 'x', since: 'yesterday' }], grace({ graceMs: 0 }))).toEqual(new Set());
  });
});
