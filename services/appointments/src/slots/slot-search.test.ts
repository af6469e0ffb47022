import { describe, expect, it } from '@jest/globals';
import { Invalid } from '@careplane/kit';
import { toEpochMinute } from '../grid/minutes.ts';
import { MOST_LOOKED_AT, searchSlots } from './slot-search.ts';
import type { SearchedSchedule, SlotStatus } from './slot-search.ts';

const [start, end] = [toEpochMinute('2027-03-01T00:00:00Z'), toEpochMinute('2027-04-01T00:00:00Z')];

function schedules(count: number, slotMinutes: number): SearchedSchedule[] {
  return Array.from({ length: count }, (_, at) => ({
    _id: `schedule-${String(at)}`,
    start,
    end,
    slotMinutes,
    hours: { from: '00:00', to: '24:00', timeZone: 'UTC' },
    claimed: new Set<number>(),
  }));
}

describe('a search over many schedules', () => {
  const all = { span: { start, end }, statuses: new Set<SlotStatus>(['free', 'busy']) };

  it('gives the first of all, whatever their number', () => {
    const found = searchSlots({ ...all, schedules: schedules(200, 30), limit: 3 });
    expect(found.map((slot) => [slot.start, slot.scheduleId])).toEqual([
      [start, 'schedule-0'],
      [start, 'schedule-1'],
      [start, 'schedule-10'],
    ]);
  });

  it.each([
    ['counts them all', { limit: Infinity }],
    ['finds none', { limit: 21, statuses: new Set<SlotStatus>(['busy']) }],
  ])('that %s is refused before it holds everybody else up', (_what, how) => {
    expect(searchSlots({ ...all, schedules: schedules(1, 30), limit: Infinity })).toHaveLength(31 * 48);
    const many = schedules(200, 5);
    expect(200 * 31 * 288).toBeGreaterThan(MOST_LOOKED_AT);
    const before = process.cpuUsage();
    expect(() => searchSlots({ ...all, schedules: many, ...how })).toThrow(Invalid);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(400);
  });
});
