import { describe, expect, it } from '@jest/globals';
import { scheduleOf } from '../../test/fhir.ts';
import type { Resource } from '../kit-fhir.ts';
import { CLOSED, keptOf, OPENING_HOURS, readSchedule, toFhirSchedule } from './schedule-resource.ts';

const practitionerId = '3f0c9a6e-58e5-4a7e-9d3b-4d8ff1a0b001';
const sent = {
  ...scheduleOf({ practitionerId, from: '08:00:00', to: '17:00:00', timeZone: 'America/New_York' }),
  planningHorizon: { start: '2027-03-01', end: '2027-03-31' },
} as unknown as Resource;

describe('a FHIR Schedule', () => {
  it('is read: its practitioner, hours, length, and a horizon of whole days in its zone', () => {
    expect(readSchedule(sent)).toEqual({
      active: true,
      schedule: {
        practitionerId,
        start: Date.parse('2027-03-01T05:00:00Z') / 60_000,
        // the clock has changed meanwhile
        end: Date.parse('2027-04-01T04:00:00Z') / 60_000,
        slotMinutes: 30,
        hours: { timeZone: 'America/New_York', times: [{ from: '08:00', to: '17:00' }], closed: [] },
      },
    });
  });

  it.each([
    ['Schedule.actor', { actor: [{ reference: 'Location/1' }] }],
    ['Schedule.actor', { actor: [{ reference: 'Practitioner/1' }, { reference: 'Practitioner/2' }] }],
    ['Schedule.actor[0].reference', { actor: [{ reference: 'Practitioner/1' }] }],
    ['Schedule.planningHorizon.start', { planningHorizon: { end: '2027-03-31' } }],
    ['Schedule.planningHorizon.end', { planningHorizon: { start: '2027-03-01', end: '2027-07-01' } }],
    ['Schedule.planningHorizon.start', { planningHorizon: { start: '2027-02-30', end: '2027-03-31' } }],
    ['Schedule.extension', { extension: [] }],
  ])('says where it is wrong: %s', (path, change) => {
    const read = readSchedule({ ...sent, ...change });
    expect('faults' in read && read.faults.map((fault) => fault.path)).toContain(path);
  });

  it('comes back as it was sent, and in our words when it was made without FHIR', () => {
    const read = readSchedule(sent);
    if ('faults' in read) throw new Error('not read');
    const created = new Date(0);
    const record = { _id: 'x', ...read.schedule, created };
    const kept = keptOf({ ...sent, comment: 'Second floor' });
    expect(toFhirSchedule({ ...record, kept })).toMatchObject({ ...sent, comment: 'Second floor' });
    const again = readSchedule(toFhirSchedule(record));
    expect(again).toEqual(read);
  });

  const [slotMinutes, everyDay] = sent['extension'] as readonly object[];
  const zone = { url: 'timeZone', valueCode: 'America/New_York' };
  const opening = (...parts: readonly object[]): object => ({ url: OPENING_HOURS, extension: parts });
  const night = [
    { url: 'from', valueTime: '22:00:00' },
    { url: 'to', valueTime: '06:00:00' },
  ];
  const closed = (valuePeriod: object): object => ({
    url: CLOSED,
    extension: [
      { url: 'period', valuePeriod },
      { url: 'reason', valueString: 'Holiday' },
    ],
  });

  it('is read with hours of days and of dates, and with closures of whole days or to the minute', () => {
    const read = readSchedule({
      ...sent,
      extension: [
        slotMinutes,
        opening(
          ...night,
          zone,
          { url: 'daysOfWeek', valueCode: 'mon' },
          { url: 'daysOfWeek', valueCode: 'sun' },
        ),
        closed({ start: '2027-03-14', end: '2027-03-14' }),
        opening(...night, zone, { url: 'date', valueDate: '2027-03-05' }),
        closed({ start: '2027-03-02T12:00:00Z', end: '2027-03-02T13:30:00Z' }),
      ],
    });
    expect(read).toMatchObject({
      schedule: {
        hours: {
          timeZone: 'America/New_York',
          times: [
            { daysOfWeek: ['mon', 'sun'], from: '22:00', to: '06:00' },
            { dates: ['2027-03-05'], from: '22:00', to: '06:00' },
          ],
          closed: [
            {
              start: Date.parse('2027-03-02T12:00Z') / 60_000,
              end: Date.parse('2027-03-02T13:30Z') / 60_000,
            },
            // a day of 23 hours
            {
              start: Date.parse('2027-03-14T05:00Z') / 60_000,
              end: Date.parse('2027-03-15T04:00Z') / 60_000,
            },
          ],
        },
      },
    });
  });

  it.each([
    ['another zone', [everyDay, opening(...night, { url: 'timeZone', valueCode: 'UTC' })], 2],
    ['hours that overlap', [everyDay, opening(...night, zone), everyDay], 3],
    [
      'a closure that ends before it begins',
      [everyDay, closed({ start: '2027-03-14', end: '2027-03-12' })],
      2,
    ],
    ['a closure without a period', [everyDay, closed({})], 2],
    ['a day that is none', [opening(...night, zone, { url: 'daysOfWeek', valueCode: 'monday' })], 1],
  ])('says at which extension it is wrong: %s', (_, extensions, place) => {
    const read = readSchedule({ ...sent, extension: [slotMinutes, ...extensions] });
    const paths = 'faults' in read && read.faults.map(({ path }) => path);
    expect(new Set(paths || [])).toEqual(new Set([`Schedule.extension[${String(place)}]`]));
  });
});
