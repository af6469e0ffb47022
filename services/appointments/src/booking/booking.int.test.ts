import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { insist } from '@careplane/kit/testing';
import { bookSlot, inDays, openDemoSchedule, startAppointmentsLab } from '../../test/appointments-lab.ts';
import type { Answer, AppointmentsLab, Caller } from '../../test/appointments-lab.ts';
import { outcome, staffVisitOf } from '../../test/fhir.ts';
import { claimsOf } from './claim.ts';
import type { AppointmentRecord, CellRecord } from './records.ts';

let lab: AppointmentsLab;

beforeAll(async () => {
  lab = await startAppointmentsLab(2);
}, 180_000);

afterAll(async () => {
  await lab.stop();
}, 60_000);

const callers = (count: number): Promise<Caller[]> =>
  Promise.all(Array.from({ length: count }, () => lab.caller('patient')));

const statuses = (answers: readonly Answer[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

async function booked(practitionerId: string): Promise<AppointmentRecord[]> {
  return lab.database
    .collection<AppointmentRecord>('appointments')
    .find({ practitionerId, status: 'booked' })
    .sort({ start: 1 })
    .toArray();
}

/** Asserts that the claims of the practitioner and their patients are exactly those of the booked appointments. */
async function expectCellsToMatch(practitionerId: string): Promise<void> {
  const cells = await lab.database.collection<CellRecord>('cells').find({ practitionerId }).toArray();
  const claimed = cells.map((record) => `${record._id} ${record.appointmentId}`).sort();
  const wanted = (await booked(practitionerId))
    .flatMap((visit) => claimsOf(visit).map((claim) => `${claim._id} ${visit._id}`))
    .sort();
  expect(claimed).toEqual(wanted);
}

describe('booking', () => {
  it('gives one of 100 concurrent requests for a slot to one patient, refuses 99, and publishes one event', async () => {
    const doctor = await lab.caller('practitioner');
    const scheduleId = await openDemoSchedule(lab, doctor);
    const time = { scheduleId, start: inDays(3, 600) };
    const patients = await callers(100);
    const answers = await Promise.all(
      patients.map((patient, n) => bookSlot(lab, patient, time, { instance: n })),
    );
    expect(statuses(answers)).toEqual({ 201: 1, 409: 99 });
    const refusals = answers.filter((one) => one.status === 409).map((one) => outcome(one)[2]);
    expect(new Set(refusals)).toEqual(new Set(['slot-taken']));
    const winner = answers.find((one) => one.status === 201);
    const events = await lab.events(1);
    expect(events.map((event) => [event.type, event.subject])).toEqual([
      ['appointment.booked', winner?.body['id']],
    ]);
    expect(await lab.takeEvents()).toEqual([]);
    await expectCellsToMatch(doctor.sub);
  }, 60_000);

  it('answers a repeated request as before, one after the other and at the same moment on two instances', async () => {
    const doctor = await lab.caller('practitioner');
    const scheduleId = await openDemoSchedule(lab, doctor);
    const [patient, rival] = await callers(2);
    if (patient === undefined || rival === undefined) throw new Error('no callers');
    const time = { scheduleId, start: inDays(3, 600) };
    const key = randomUUID();
    const twins = await Promise.all(
      [0, 1, 0, 1].map((instance) => insist(() => bookSlot(lab, patient, time, { instance, key }))),
    );
    const again = await bookSlot(lab, patient, time, { instance: 1, key });
    expect(statuses([...twins, again])).toEqual({ 201: 5 });
    expect(new Set([...twins, again].map((answer) => answer.body['id'])).size).toBe(1);
    expect(outcome(await bookSlot(lab, rival, time))).toEqual([409, 'conflict', 'slot-taken']);
    expect(await lab.events(1)).toHaveLength(1);
  }, 30_000);

  it('keeps visits of different starts and lengths from overlapping when they are asked for at once', async () => {
    const doctor = await lab.caller('practitioner');
    const scheduleId = await openDemoSchedule(lab, doctor, 15);
    const patients = await callers(60);
    const answers = await Promise.all(
      patients.map((patient, n) =>
        lab.call(n, 'POST /fhir/R4/Appointment', doctor, {
          key: randomUUID(),
          body: staffVisitOf(
            patient.sub,
            { scheduleId, practitionerId: doctor.sub },
            { start: inDays(3, 600 + 15 * (n % 8)), minutes: 10 + 5 * (n % 11) },
          ),
        }),
      ),
    );
    const won = answers.filter((answer) => answer.status === 201);
    expect(won.length).toBeGreaterThan(0);
    expect(answers.filter((answer) => answer.status !== 201 && answer.status !== 409)).toEqual([]);
    const visits = await booked(doctor.sub);
    expect(visits.map((visit) => visit._id).sort()).toEqual(
      won.map((answer) => String(answer.body['id'])).sort(),
    );
    visits.slice(1).forEach((visit, n) => {
      expect(visit.start).toBeGreaterThanOrEqual(visits[n]?.end ?? Infinity);
    });
    await expectCellsToMatch(doctor.sub);
    expect(await lab.events(won.length)).toHaveLength(won.length);
  }, 60_000);

  it('keeps a practitioner from being in two places through two schedules', async () => {
    const doctor = await lab.caller('practitioner');
    const schedules = [await openDemoSchedule(lab, doctor), await openDemoSchedule(lab, doctor, 15)];
    const patients = await callers(10);
    const answers = await Promise.all(
      patients.map((patient, n) =>
        bookSlot(
          lab,
          patient,
          { scheduleId: schedules[n % 2] ?? '', start: inDays(3, 600) },
          { instance: n },
        ),
      ),
    );
    expect(statuses(answers)).toEqual({ 201: 1, 409: 9 });
    await lab.events(1);
  }, 30_000);

  it('keeps a patient from being in two places with two practitioners', async () => {
    const doctors = [await lab.caller('practitioner'), await lab.caller('practitioner')];
    const schedules = await Promise.all(doctors.map((doctor) => openDemoSchedule(lab, doctor)));
    const patient = await lab.caller('patient');
    const answers = await Promise.all(
      schedules.map((scheduleId, n) =>
        bookSlot(lab, patient, { scheduleId, start: inDays(3, 600) }, { instance: n }),
      ),
    );
    expect(statuses(answers)).toEqual({ 201: 1, 409: 1 });
    const refused = answers.filter((answer) => answer.status === 409);
    expect(refused.map((answer) => outcome(answer)[2])).toEqual(['patient-busy']);
    await lab.events(1);
  }, 30_000);

  it('lets one of many rebook while the visit is cancelled, and never two', async () => {
    const doctor = await lab.caller('practitioner');
    const scheduleId = await openDemoSchedule(lab, doctor);
    const [first, ...others] = await callers(21);
    if (first === undefined) throw new Error('no callers');
    const time = { scheduleId, start: inDays(3, 600) };
    const held = await bookSlot(lab, first, time);
    const cancel = lab.call(0, `PUT /fhir/R4/Appointment/${String(held.body['id'])}`, first, {
      ifMatch: held.headers.get('etag') ?? '',
      body: { ...held.body, status: 'cancelled' },
    });
    const race = await Promise.all(others.map((patient, n) => bookSlot(lab, patient, time, { instance: n })));
    expect((await cancel).status).toBe(200);
    const won = race.filter((answer) => answer.status === 201);
    expect(race.filter((answer) => answer.status !== 201 && answer.status !== 409)).toEqual([]);
    expect(won.length).toBeLessThanOrEqual(1);
    expect(await booked(doctor.sub)).toHaveLength(won.length);
    await expectCellsToMatch(doctor.sub);
    const events = await lab.events(2 + won.length);
    expect(events.map((event) => event.type).sort()).toEqual([
      ...Array<string>(1 + won.length).fill('appointment.booked'),
      'appointment.cancelled',
    ]);
  }, 30_000);
});
