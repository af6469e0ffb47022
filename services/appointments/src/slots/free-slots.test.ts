import { describe, expect, it } from '@jest/globals';
import { freeSlots } from './free-slots.ts';
import { toEpochMinute } from '../grid/minutes.ts';

const at = toEpochMinute;
const horizon = { start: at('2027-03-01T00:00:00Z'), end: at('2027-03-31T00:00:00Z') };
const hours = { from: '09:00', to: '10:00', timeZone: 'UTC' };
const half = { _id: 'b', ...horizon, slotMinutes: 30, hours };
const quarter = { _id: 'a', ...horizon, slotMinutes: 15, hours };
const span = { start: at('2027-03-02T00:00:00Z'), end: at('2027-03-04T00:00:00Z') };
const search = {
  schedules: [half, quarter],
  span,
  claimed: new Set<number>(),
  behind: undefined,
  limit: 100,
};

describe('freeSlots', () => {
  it('lists the slots of several schedules by start and then by schedule', () => {
    const found = freeSlots({ ...search, limit: 4 });
    expect(found.map((slot) => [slot.scheduleId, slot.start - at('2027-03-02T09:00:00Z')])).toEqual([
      ['a', 0],
      ['b', 0],
      ['a', 15],
      ['a', 30],
    ]);
  });

  it('leaves out every slot that shares a cell with a visit', () => {
    const visit = new Set([at('2027-03-02T09:25:00Z'), at('2027-03-02T09:30:00Z')]);
    const found = freeSlots({ ...search, claimed: visit, schedules: [quarter], limit: 3 });
    expect(found.map((slot) => slot.start)).toEqual([
      at('2027-03-02T09:00:00Z'),
      at('2027-03-02T09:45:00Z'),
      at('2027-03-03T09:00:00Z'),
    ]);
  });

  it('goes on after a place without a gap and without a repetition, whatever the size of the page', () => {
    const whole = freeSlots(search);
    expect(whole).toHaveLength(12);
    for (const limit of [1, 2, 3, 5]) {
      const paged = [];
      for (let page = freeSlots({ ...search, limit }); page.length > 0;) {
        paged.push(...page);
        page = freeSlots({ ...search, limit, behind: page.at(-1) });
      }
      expect(paged).toEqual(whole);
    }
  });
});
