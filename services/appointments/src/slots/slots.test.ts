import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CELL_MINUTES, cellsOf } from '../grid/cells.ts';
import { toEpochMinute, toInstant } from '../grid/minutes.ts';
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
