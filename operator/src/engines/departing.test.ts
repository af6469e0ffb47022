import { describe, expect, it } from '@jest/globals';
import { departures, overdue, type Grace } from './departing.ts';

const NOON = '2026-11-21T12:00:00Z';
const HOUR = 3_600_000;
const grace = (changes: Partial<Grace> = {}): Grace => ({
  noted: [{ service: 'identity', since: NOON }],
  wanted: [],
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

  it('that live on have a time of their own, which is not that of their going', () => {
    const leftovers = { service: 'identity', since: '2026-11-21T13:00:00Z', scope: 'Leftovers' as const };
    expect(departures(['identity'], grace({ wanted: ['identity'] }))).toEqual([leftovers]);
    const later = { now: Date.parse(NOON) + 2 * HOUR, noted: [leftovers] };
    expect(departures(['identity'], grace({ ...later, wanted: ['identity'] }))).toEqual([leftovers]);
    expect(departures(['identity'], grace(later))).toEqual([
      { service: 'identity', since: '2026-11-21T14:00:00Z' },
    ]);
  });

  it('are overdue from the end of the grace period on, and not before', () => {
    const { noted } = grace();
    const end = Date.parse(NOON) + 24 * HOUR;
    expect(overdue(noted, grace({ now: end - 1 }))).toEqual(new Set());
    expect(overdue(noted, grace({ now: end }))).toEqual(new Set(['identity']));
    expect(overdue([{ service: 'x', since: NOON }], grace({ graceMs: 0 }))).toEqual(new Set(['x']));
  });

  it('are never overdue by a time that cannot be read', () => {
    expect(overdue([{ service: 'x', since: 'yesterday' }], grace({ graceMs: 0 }))).toEqual(new Set());
  });
});
