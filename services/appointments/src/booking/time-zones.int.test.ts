import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { bookSlot, inDays, openDemoSchedule, startAppointmentsLab } from '../../test/appointments-lab.ts';
import type { AppointmentsLab, Caller } from '../../test/appointments-lab.ts';
import type { ScheduleRecord } from '../schedules/record.ts';
import type { AppointmentRecord } from './records.ts';

const PAIRS = 40;

let lab: AppointmentsLab;
beforeAll(async () => {
  lab = await startAppointmentsLab(1);
}, 120_000);
afterAll(() => lab.stop(), 30_000);

/** A schedule whose zone is refused now, as the former version opened it. */
async function openSchedule(practitioner: Caller, timeZone: string): Promise<string> {
  const id = await openDemoSchedule(lab, practitioner);
  const schedules = lab.database.collection<ScheduleRecord>('schedules');
  await schedules.updateOne({ _id: id }, { $set: { 'hours.timeZone': timeZone } });
  return id;
}

it('keeps visits of one practitioner apart on schedules whose zones differ by three minutes', async () => {
  const doctor = await lab.caller('practitioner');
  const utc = await openSchedule(doctor, 'UTC');
  const late = await openSchedule(doctor, '+00:03');
  const book = async (scheduleId: string, minutes: number): Promise<number> => {
    const patient = await lab.caller('patient');
    return (await bookSlot(lab, patient, { scheduleId, start: inDays(3, minutes) })).status;
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
