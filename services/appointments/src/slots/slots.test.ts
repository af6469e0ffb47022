import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CELL_MINUTES, cellsOf } from '../grid/cells.ts';
import { toEpochMinute, toInstant } from '../grid/minutes.ts';
import { overlapping, WEEKDAYS } from '../schedules/hours.ts';
import type { Hours } from '../schedules/hours.ts';
import type { Grid } from '../schedules/openings.ts';
import { isFree, misfit, slotsOf } from './slots.ts';

const at = toEpochMinute;

function grid(change: Partial<Grid> = {}): Grid {
  return {
    start: at('2027-03-01T00:00:00Z'),
    end: at('2027-03-31T00:00:00Z'),
    slotMinutes: 30,
    hours: { from: '09:00', to: '10:30', timeZone: 'UTC' },
    ...change,
  };
}

function starts(of: Grid, from: string, to: string): string[] {
  return [...slotsOf(of, { start: at(from), end: at(to) })].map((slot) => toInstant(slot.start));
}

describe('slots of a schedule', () => {
  it('fill the opening hours of each day and stop before closing', () => {
    expect(starts(grid(), '2027-03-02T00:00:00Z', '2027-03-03T09:30:00Z')).toEqual([
      '2027-03-02T09:00:00.000Z',
      '2027-03-02T09:30:00.000Z',
      '2027-03-02T10:00:00.000Z',
      '2027-03-03T09:00:00.000Z',
    ]);
  });

  it('leave out the rest of an hour that is shorter than a slot', () => {
    const odd = grid({ slotMinutes: 40 });
    expect(starts(odd, '2027-03-02T00:00:00Z', '2027-03-03T00:00:00Z')).toEqual([
      '2027-03-02T09:00:00.000Z',
      '2027-03-02T09:40:00.000Z',
    ]);
  });

  it('stay inside the planning horizon without shifting the grid of its first day', () => {
    const late = grid({ start: at('2027-03-02T09:10:00Z'), end: at('2027-03-03T09:45:00Z') });
    expect(starts(late, '2027-03-01T00:00:00Z', '2027-03-31T00:00:00Z')).toEqual([
      '2027-03-02T09:30:00.000Z',
      '2027-03-02T10:00:00.000Z',
      '2027-03-03T09:00:00.000Z',
    ]);
  });

  it('keep the wall clock of the clinic when its clocks change', () => {
    const newYork = grid({
      slotMinutes: 90,
      hours: { from: '09:00', to: '10:30', timeZone: 'America/New_York' },
    });
    expect(starts(newYork, '2027-03-13T00:00:00Z', '2027-03-15T00:00:00Z')).toEqual([
      '2027-03-13T14:00:00.000Z',
      '2027-03-14T13:00:00.000Z',
    ]);
  });

  it('are found when the opening began on the UTC day before', () => {
    const honolulu = grid({
      slotMinutes: 60,
      hours: { from: '08:00', to: '17:00', timeZone: 'Pacific/Honolulu' },
    });
    expect(starts(honolulu, '2027-03-03T01:00:00Z', '2027-03-03T03:00:00Z')).toEqual([
      '2027-03-03T01:00:00.000Z',
      '2027-03-03T02:00:00.000Z',
    ]);
  });

  it('of a whole-day opening go on over midnight', () => {
    const always = grid({ slotMinutes: 720, hours: { from: '00:00', to: '24:00', timeZone: 'UTC' } });
    expect(starts(always, '2027-03-02T12:00:00Z', '2027-03-03T12:00:00Z')).toEqual([
      '2027-03-02T12:00:00.000Z',
      '2027-03-03T00:00:00.000Z',
    ]);
  });

  it('always fit their own schedule', () => {
    const schedule = grid({
      slotMinutes: 25,
      hours: { from: '06:35', to: '20:00', timeZone: 'Europe/Berlin' },
    });
    for (const slot of slotsOf(schedule, schedule)) {
      expect(misfit(schedule, slot, schedule.start - 1)).toBeUndefined();
    }
  });
});

describe('slots of hours by rules', () => {
  const berlin = (change: Partial<Hours>, slotMinutes = 60): Grid =>
    grid({ slotMinutes, hours: { timeZone: 'Europe/Berlin', times: [], closed: [], ...change } });

  it('are those of the days of the week, twice a day with a break', () => {
    const weekly = berlin({
      times: [
        { daysOfWeek: ['tue', 'thu'], from: '14:00', to: '16:00' },
        { daysOfWeek: ['tue'], from: '08:00', to: '09:30' },
      ],
    });
    // 2 March 2027 is a Tuesday
    expect(starts(weekly, '2027-03-01T00:00:00Z', '2027-03-08T00:00:00Z')).toEqual([
      '2027-03-02T07:00:00.000Z',
      '2027-03-02T13:00:00.000Z',
      '2027-03-02T14:00:00.000Z',
      '2027-03-04T13:00:00.000Z',
      '2027-03-04T14:00:00.000Z',
    ]);
  });

  it('of a date stand in for those of its weekday', () => {
    const special = berlin({
      times: [
        { from: '08:00', to: '09:00' },
        { dates: ['2027-03-03'], from: '18:00', to: '19:00' },
      ],
    });
    expect(starts(special, '2027-03-02T00:00:00Z', '2027-03-05T00:00:00Z')).toEqual([
      '2027-03-02T07:00:00.000Z',
      '2027-03-03T17:00:00.000Z',
      '2027-03-04T07:00:00.000Z',
    ]);
  });

  it('of a night shift go on over midnight, also when only the morning is asked for', () => {
    const night = berlin({ times: [{ daysOfWeek: ['fri'], from: '22:00', to: '02:00' }] });
    expect(starts(night, '2027-03-05T23:30:00Z', '2027-03-07T00:00:00Z')).toEqual([
      '2027-03-06T00:00:00.000Z',
    ]);
    expect(starts(night, '2027-03-05T00:00:00Z', '2027-03-07T00:00:00Z')).toHaveLength(4);
  });

  it('leave out those that touch a closure, and the grid does not shift behind it', () => {
    const closed = [{ start: at('2027-03-02T08:30:00Z'), end: at('2027-03-02T09:30:00Z') }];
    const broken = berlin({ times: [{ from: '08:00', to: '13:00' }], closed });
    expect(starts(broken, '2027-03-02T00:00:00Z', '2027-03-03T00:00:00Z')).toEqual([
      '2027-03-02T07:00:00.000Z',
      '2027-03-02T10:00:00.000Z',
      '2027-03-02T11:00:00.000Z',
    ]);
    const visit = { start: at('2027-03-02T07:00:00Z'), end: at('2027-03-02T08:35:00Z') };
    expect(misfit(broken, visit, visit.start - 1)).toBe('outside-hours');
    expect(misfit(broken, { ...visit, end: visit.end - 5 }, visit.start - 1)).toBeUndefined();
  });

  it('of a night with 25 hours are one more, and of one with 23 one less', () => {
    const nightly = { times: [{ from: '00:00', to: '06:00' }] };
    const nights = { ...berlin(nightly), end: at('2027-12-01T00:00:00Z') };
    expect(starts(nights, '2027-10-30T22:00:00Z', '2027-10-31T22:00:00Z')).toHaveLength(7);
    expect(starts(nights, '2027-03-27T23:00:00Z', '2027-03-28T22:00:00Z')).toHaveLength(5);
  });

  const anyTime = fc.integer({ min: 0, max: 287 }).map((cell) => clock(cell * CELL_MINUTES));
  const anyHours = fc.record({
    timeZone: fc.constantFrom(
      ...[
        'UTC',
        'Europe/Berlin',
        'America/New_York',
        'Asia/Kathmandu',
        'Australia/Lord_Howe',
        'America/Santiago',
      ],
    ),
    times: fc.array(
      fc
        .record({
          from: anyTime,
          to: anyTime,
          days: fc.option(
            fc.oneof(
              fc.record({ daysOfWeek: fc.subarray([...WEEKDAYS], { minLength: 1 }) }),
              fc.record({
                dates: fc.array(
                  fc.integer({ min: 1, max: 28 }).map((day) => `2027-03-${String(day).padStart(2, '0')}`),
                  {
                    minLength: 1,
                  },
                ),
              }),
            ),
          ),
        })
        .map(({ from, to, days }) => ({ from, to, ...days })),
      { minLength: 1, maxLength: 6 },
    ),
    closed: fc.array(
      fc
        .tuple(fc.integer({ min: 0, max: 8_000 }), fc.integer({ min: 1, max: 300 }))
        .map(([start, length]) => ({
          start: at('2027-03-01T00:00:00Z') + start * CELL_MINUTES,
          end: at('2027-03-01T00:00:00Z') + (start + length) * CELL_MINUTES,
        })),
      { maxLength: 3 },
    ),
  });

  it('never overlap, always fit, and are the same whichever span is asked for', () => {
    fc.assert(
      fc.property(
        anyHours,
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 43_200 }),
        (hours, cells, cut) => {
          fc.pre(hours.times.every(({ from, to }) => from !== to) && overlapping(hours.times) === undefined);
          const schedule = { ...grid({ slotMinutes: cells * CELL_MINUTES }), hours };
          const all = [...slotsOf(schedule, schedule)];
          for (const [place, slot] of all.entries()) {
            expect(slot.start).toBeGreaterThanOrEqual(all[place - 1]?.end ?? 0);
            expect(misfit(schedule, slot, schedule.start - 1)).toBeUndefined();
          }
          const middle = schedule.start + cut;
          const parts = [
            ...slotsOf(schedule, { start: schedule.start, end: middle }),
            ...slotsOf(schedule, { start: middle, end: schedule.end }),
          ];
          expect(parts).toEqual(all);
        },
      ),
      { numRuns: 100 },
    );
  });
});

function clock(minutes: number): string {
  const [hour, minute] = [Math.floor(minutes / 60), minutes % 60].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `${hour}:${minute}`;
}

describe('a wished visit', () => {
  const now = at('2027-03-02T09:30:00Z');
  const visit = (start: string, minutes: number): { start: number; end: number } => ({
    start: at(start),
    end: at(start) + minutes,
  });

  it.each([
    ['may take several slots', '2027-03-03T09:00:00Z', 90, undefined],
    ['may take a part of its last slot', '2027-03-03T09:00:00Z', 35, undefined],
    ['cannot begin now', '2027-03-02T09:30:00Z', 30, 'in-the-past'],
    ['cannot begin between two slots', '2027-03-03T09:10:00Z', 30, 'not-on-grid'],
    ['cannot last a part of a cell', '2027-03-03T09:00:00Z', 32, 'not-on-grid'],
    ['cannot end after closing', '2027-03-03T10:00:00Z', 35, 'outside-hours'],
    ['cannot begin at closing', '2027-03-03T10:30:00Z', 5, 'outside-hours'],
    ['cannot begin before opening', '2027-03-03T08:30:00Z', 30, 'outside-hours'],
    ['cannot lie after the planning horizon', '2027-04-03T09:00:00Z', 30, 'outside-hours'],
  ] as const)('%s', (_, start, minutes, expected) => {
    expect(misfit(grid(), visit(start, minutes), now)).toBe(expected);
  });
});

describe('cells', () => {
  // Any minute: time zones differ by whole minutes, so a schedule's slots may begin beside the grid of cells.
  const visits = fc
    .tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1, max: 120 }))
    .map(([start, length]) => ({ start, end: start + length }));
  const aligned = visits.map(({ start, end }) => ({ start: start * CELL_MINUTES, end: end * CELL_MINUTES }));

  it('are shared by any two visits that overlap', () => {
    fc.assert(
      fc.property(visits, visits, (a, b) => {
        fc.pre(a.start < b.end && b.start < a.end);
        expect(isFree(a, new Set(cellsOf(b)))).toBe(false);
      }),
    );
  });

  it('are shared by no two visits on the grid that do not overlap', () => {
    fc.assert(
      fc.property(aligned, aligned, (a, b) => {
        fc.pre(a.end <= b.start || b.end <= a.start);
        expect(isFree(a, new Set(cellsOf(b)))).toBe(true);
      }),
    );
  });

  it('begin at multiples of the cell, whatever the start of the visit', () => {
    expect(cellsOf({ start: 1_003, end: 1_013 })).toEqual([1_000, 1_005, 1_010]);
  });
});
