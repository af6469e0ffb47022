import { describe, expect, it } from '@jest/globals';
import { scheduleOf } from '../../test/fhir.ts';
import type { Resource } from '../kit-fhir.ts';
import { keptOf, readSchedule, toFhirSchedule } from './schedule-resource.ts';

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
        hours: { from: '08:00', to: '17:00', timeZone: 'America/New_York' },
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
});
