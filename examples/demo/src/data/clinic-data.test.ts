import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

import { planBookings, racesOf } from '../plan/booking-plan.ts';
import { selectEncounters } from '../plan/select-encounters.ts';
import { readClinicData, toEncounter, toPatient } from './clinic-data.ts';

const patient = {
  resourceType: 'Patient',
  id: 'p1',
  name: [{ family: 'Lee', given: ['Ann', 'Bea'] }],
  birthDate: '1990-01-01',
  gender: 'female',
};
const encounter = {
  resourceType: 'Encounter',
  class: { code: 'AMB' },
  type: [{ coding: [{ code: '185349003' }] }],
  subject: { reference: 'urn:uuid:p1' },
  participant: [{ individual: { reference: 'Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|99' } }],
  period: { start: '2016-04-03T10:19:03+00:00', end: '2016-04-03T10:36:03+00:00' },
};

describe('the data', () => {
  it('returns patients with their first given name, without the deceased', () => {
    expect(toPatient(patient)).toEqual({
      sourceId: 'p1',
      given: 'Ann',
      family: 'Lee',
      birthDate: '1990-01-01',
      gender: 'female',
    });
    expect(toPatient({ ...patient, deceasedDateTime: '2000-01-01' })).toBeUndefined();
  });

  it('returns visits in whole cells with the reason, or else the type of visit', () => {
    expect(toEncounter(encounter)).toMatchObject({
      patient: 'p1',
      npi: '99',
      minutes: 20,
      reasonCode: '185349003',
    });
    const reasonCode = [{ coding: [{ code: '82423001' }] }];
    expect(toEncounter({ ...encounter, reasonCode })?.reasonCode).toBe('82423001');
  });

  it('leaves out emergencies and long stays, which are not booked', () => {
    expect(toEncounter({ ...encounter, class: { code: 'EMER' } })).toBeUndefined();
    const period = { start: '2016-04-03T10:00:00Z', end: '2016-04-03T15:00:00Z' };
    expect(toEncounter({ ...encounter, period })).toBeUndefined();
  });

  it('in the repository is enough for a run of the default size', async () => {
    const data = await readClinicData(fileURLToPath(new URL('../../data', import.meta.url)));
    const plan = planBookings(
      selectEncounters(data, 400),
      data.patients.map((one) => one.sourceId),
      racesOf(400),
      Date.UTC(2027, 2, 1) / 60_000,
    );
    expect([data.patients.length, plan.visits.length]).toEqual([10, 400]);
  });
});
