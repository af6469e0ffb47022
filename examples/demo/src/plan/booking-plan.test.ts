import { describe, expect, it } from '@jest/globals';
import type { DemoEncounter } from '../data/clinic-data.ts';
import { nextMonday, planBookings, racesOf } from './booking-plan.ts';
import { selectEncounters } from './select-encounters.ts';

const MONDAY = Date.UTC(2027, 2, 1) / 60_000;
const patients = Array.from({ length: 12 }, (_, n) => `p${n}`);

function encounter(patient: string, time: string, change: Partial<DemoEncounter> = {}): DemoEncounter {
  return { patient, npi: 'n1', start: new Date(time), minutes: 30, reasonCode: '185349003', ...change };
}

describe('planBookings', () => {
  it('keeps the weekday and takes the next slot if the schedule is open then', () => {
    const wednesday = encounter('p1', '2016-04-06T14:20:00Z');
    const plan = planBookings([wednesday], patients, { big: 1, sample: 0, small: 1 }, MONDAY);
    expect(new Date((plan.visits[0]?.start ?? 0) * 60_000).toISOString()).toBe('2027-03-03T14:30:00.000Z');
  });

  it('moves a visit at night to the next opening', () => {
    const night = encounter('p1', '2016-04-06T23:20:00Z');
    const plan = planBookings([night], patients, { big: 1, sample: 0, small: 1 }, MONDAY);
    expect(new Date((plan.visits[0]?.start ?? 0) * 60_000).toISOString()).toBe('2027-03-04T12:00:00.000Z');
  });

  it('books no practitioner and no contender twice at the same time', () => {
    const crowd = Array.from({ length: 300 }, (_, n) =>
      encounter(`p${n % 12}`, '2016-04-06T14:20:00Z', { npi: `n${n % 5}`, minutes: 15 + (n % 4) * 10 }),
    );
    const plan = planBookings(crowd, patients, racesOf(300), MONDAY);
    const seen = new Set<string>();
    for (const visit of plan.visits) {
      for (let cell = visit.start; cell < visit.start + visit.minutes; cell += 5) {
        for (const who of [visit.npi, ...new Set(visit.contenders)]) {
          expect(seen.has(`${who} ${cell}`)).toBe(false);
          seen.add(`${who} ${cell}`);
        }
      }
      expect(visit.start).toBeGreaterThanOrEqual(plan.start);
      expect(visit.start + visit.minutes).toBeLessThanOrEqual(plan.end);
    }
    expect(plan.visits.map((visit) => visit.contenders.length).slice(0, 13)).toEqual([
      100,
      ...Array<number>(10).fill(10),
      1,
      1,
    ]);
  });

  it('reports a practitioner without free time', () => {
    const crowd = Array.from({ length: 40 }, () => encounter('p1', '2016-04-06T14:20:00Z', { minutes: 600 }));
    expect(() => planBookings(crowd, patients, racesOf(1), MONDAY)).toThrow('no free time');
  });
});

describe('selectEncounters', () => {
  const person = { given: 'A', family: 'B', birthDate: '1990-01-01', gender: 'male' };
  const data = {
    patients: ['p1', 'p2'].map((sourceId) => ({ sourceId, ...person })),
    practitioners: [{ npi: 'n1', given: 'C', family: 'D' }],
    encounters: [
      encounter('p1', '2020-01-01T00:00:00Z', { reasonCode: 'old' }),
      encounter('p1', '2021-01-01T00:00:00Z', { reasonCode: 'new' }),
      encounter('p2', '2019-01-01T00:00:00Z', { reasonCode: 'other' }),
      encounter('p2', '2022-01-01T00:00:00Z', { npi: 'unknown' }),
      encounter('dead', '2022-01-01T00:00:00Z'),
    ],
  };

  it('takes the latest of every patient first, and repeats when there are too few', () => {
    expect(selectEncounters(data, 5).map((one) => one.reasonCode)).toEqual([
      'new',
      'other',
      'old',
      'new',
      'other',
    ]);
  });

  it('refuses data without encounters', () => {
    expect(() => selectEncounters({ ...data, encounters: [] }, 1)).toThrow('no encounter');
  });
});

describe('nextMonday', () => {
  it('is the same minute on a Monday at midnight and the next one a minute later', () => {
    expect(nextMonday(MONDAY)).toBe(MONDAY);
    expect(nextMonday(MONDAY + 1)).toBe(MONDAY + 7 * 24 * 60);
  });
});
