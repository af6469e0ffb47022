import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { declareTopology, sendEvent, takeEvent } from '@careplane/kit/testing';
import { until } from '@careplane/testing';
import { bookSlot, inDays, openDemoSchedule, startAppointmentsLab } from '../test/appointments-lab.ts';
import type { AppointmentsLab, Caller } from '../test/appointments-lab.ts';

const IDENTITY = 'identity';

describe('the appointments of an erased patient', () => {
  let lab: AppointmentsLab;
  let patient: Caller;
  let scheduleId = '';
  beforeAll(async () => {
    lab = await startAppointmentsLab(2, { ERASURE_SETTLE_MS: '0', ERASURE_COMPARE_MS: '100' });
    await declareTopology(lab.rabbit.uri, { service: IDENTITY, consumes: ['patient.erasure.done'] });
    scheduleId = await openDemoSchedule(lab, await lab.caller('practitioner'));
    patient = await lab.caller('patient');
  }, 180_000);
  afterAll(async () => {
    await lab.stop();
  }, 60_000);

  const collections = ['appointments', 'appointment_versions', 'cells'] as const;
  const left = async (): Promise<string[]> => {
    const about: string[] = [];
    for (const name of collections) {
      const all = JSON.stringify(await lab.database.collection(name).find().toArray());
      if (all.includes(patient.sub)) about.push(name);
    }
    return about;
  };

  it('are gone with their versions, and their time is free again', async () => {
    const [cancelled, start] = [inDays(2, 600), inDays(3, 600)];
    const made = await bookSlot(lab, patient, { scheduleId, start: cancelled });
    const body = { ...made.body, status: 'cancelled' };
    const path = `/fhir/R4/Appointment/${String(made.body['id'])}`;
    expect((await lab.call(0, `PUT ${path}`, patient, { body, ifMatch: 'W/"1"' })).status).toBe(200);
    expect((await bookSlot(lab, patient, { scheduleId, start })).status).toBe(201);
    const other = await lab.caller('patient');
    expect((await bookSlot(lab, other, { scheduleId, start })).status).toBe(409);
    expect(await left()).toEqual([...collections]);
    const erasureId = randomUUID();
    await sendEvent(lab.rabbit.uri, 'patient.erased', { erasureId, patientId: patient.sub, proof: 'proof' });
    const done = await until(() => takeEvent(lab.rabbit.uri, IDENTITY), { what: 'the end of the erasure' });
    expect(done.data).toEqual({ erasureId, patientId: patient.sub, service: 'appointments' });
    expect(await left()).toEqual([]);
    expect((await bookSlot(lab, other, { scheduleId, start })).status).toBe(201);
    // a restored backup has them again, until it is compared with identity's ledger
    await lab.database.collection('appointments').insertOne({ patientId: patient.sub });
    await until(async () => (await left()).length === 0, { what: 'the erasure to be done again' });
  }, 60_000);
});
