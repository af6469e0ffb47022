import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { enterLocalClinic, openPatient } from '../testing/entered-clinic.ts';
import type { EnteredClinic } from '../testing/entered-clinic.ts';
import { record } from '../testing/recorder.ts';
import type { Recorder } from '../testing/recorder.ts';
import { ClinicWatch } from './cluster/clinic-watch.ts';
import { readClinicData } from './data/clinic-data.ts';
import { runDemo } from './run.ts';
import type { RunResult } from './run.ts';

let recorder: Recorder;
let whole: EnteredClinic;

beforeAll(async () => {
  whole = await enterLocalClinic((connection) => {
    recorder = record(connection);
    return recorder.connection;
  });
}, 180_000);

afterAll(() => whole.stop(), 60_000);

async function demo(appointments: number): Promise<RunResult> {
  const data = await readClinicData(fileURLToPath(new URL('../data', import.meta.url)));
  const { connection, entered, clinic } = whole;
  const watch = await ClinicWatch.open(clinic);
  try {
    const say = (): void => undefined;
    return await runDemo({ connection, entered, clinic, watch, data, appointments, say });
  } finally {
    await watch.close();
  }
}

describe('the clinic as a whole', () => {
  it('turns a booking into one e-mail to the patient, through the gateway, the outbox and the broker', async () => {
    const { api, admin } = whole.entered;
    const { id: patientId, email, session: patient } = await openPatient(whole.entered);
    const npi = '9999999999';
    const practitionerId = await api.createPractitioner(admin, { npi, given: 'Eve', family: 'Roe' });
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const scheduleId = await api.openSchedule(admin, {
      practitionerId,
      start: `${tomorrow}T00:00:00Z`,
      end: `${tomorrow}T23:55:00Z`,
      slotMinutes: 30,
      hours: { from: '12:00', to: '20:00' },
    });
    const wish = { scheduleId, practitionerId, patientId, start: `${tomorrow}T15:00:00Z`, minutes: 30 };
    const outcome = await api.book(patient, wish);
    expect(outcome).toMatchObject({ booked: { status: 'booked', start: `${tomorrow}T15:00:00.000Z` } });
    const subjects = await until(
      async () => {
        const mails = await whole.clinic.mailsTo(email);
        return mails.length >= 2 && mails.map((mail) => mail.subject).sort();
      },
      { what: 'the welcome and the confirmation' },
    );
    expect(subjects).toEqual(['Welcome to your clinic', 'Your appointment is booked']);
  }, 60_000);

  it('passes the demo, and again with the patients of the first run', async () => {
    const { api, admin } = whole.entered;
    const before = await api.countAppointments(admin);
    const first = await demo(60);
    expect(first.faults).toEqual([]);
    expect(first.figures).toMatchObject({
      patients: 10,
      registered: 10,
      registeredByPages: 2,
      booked: 60,
      doubles: { attempted: 99 + 10 * 9, refused: 99 + 10 * 9 },
      counted: before + 60,
      mails: { delivered: 72, duplicates: 0 },
    });
    const second = await demo(30);
    expect(second.faults).toEqual([]);
    expect(second.figures).toMatchObject({ registered: 0, booked: 30, mails: { delivered: 30 } });
    expect(await api.countAppointments(admin)).toBe(before + 90);
  }, 180_000);

  it('leaves every resource that was sent, answered or stored to the validator of `make test-fhir`', async () => {
    await recorder.readAll(whole.entered.admin);
    const left = await recorder.leave();
    expect(left).toMatchObject({
      Patient: expect.any(Number),
      Practitioner: expect.any(Number),
      Schedule: expect.any(Number),
      Appointment: expect.any(Number),
      Consent: expect.any(Number),
      OperationOutcome: expect.any(Number),
      Bundle: expect.any(Number),
    });
    expect(left['Appointment']).toBeGreaterThan(90);
  }, 60_000);

  it('writes no name, no address and no token into any log', async () => {
    const text = whole.local.logs.text();
    expect(text).toContain('event consumed');
    expect(text).not.toContain('@patients.example');
    expect(text).not.toContain(await whole.entered.admin.token());
    expect(text).not.toMatch(/\bAnn\b/);
  });
});
