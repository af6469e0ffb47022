import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { inDays, startAppointmentsLab } from '../../test/appointments-lab.ts';
import type { AppointmentsLab, Caller } from '../../test/appointments-lab.ts';
import type { AppointmentRecord } from './records.ts';

const PAIRS = 40;

let lab: AppointmentsLab;
beforeAll(async () => {
  lab = await startAppointmentsLab(1);
}, 120_000);
afterAll(() => lab.stop(), 30_000);

async function openSchedule(practitioner: Caller, timeZone: string): Promise<string> {
  const body = {
    practitionerId: practitioner.sub,
    start: inDays(0),
    end: inDays(30),
    slotMinutes: 30,
    hours: { from: '00:00', to: '24:00', timeZone },
  };
  const answer = await lab.call(0, 'POST /v1/schedules', practitioner, { key: randomUUID(), body });
  if (answer.status !== 201) throw new Error(`no schedule: ${answer.status} ${JSON.stringify(answer.body)}`);
  return String(answer.body['id']);
}

it('keeps visits of one practitioner apart on schedules whose zones differ by three minutes', async () => {
  const doctor = await lab.caller('practitioner');
  const utc = await openSchedule(doctor, 'UTC');
  const late = await openSchedule(doctor, '+00:03');
  const book = async (scheduleId: string, minutes: number): Promise<number> => {
    const patient = await lab.caller('patient');
    const body = { scheduleId, start: inDays(3, minutes) };
    return (await lab.call(0, 'POST /v1/appointments', patient, { key: randomUUID(), body })).status;
  };
  // A slot of the second schedule begins three minutes before one of the first.
  const answers = await Promise.all(
    Array.from({ length: PAIRS }, (_, pair) => 60 + 30 * pair).flatMap((minutes) => [
      book(utc, minutes),
      book(late, minutes - 3),
    ]),
  );
  expect(new Set(answers)).toEqual(new Set([201, 409]));
  const visits = await lab.database
    .collection<AppointmentRecord>('appointments')
    .find({ practitionerId: doctor.sub, status: 'booked' })
    .sort({ start: 1 })
    .toArray();
  expect(visits).toHaveLength(answers.filter((status) => status === 201).length);
  const overlaps = visits.slice(1).filter((visit, n) => visit.start < (visits[n]?.end ?? Infinity));
  expect(overlaps).toEqual([]);
}, 60_000);
