import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { bookSlot, inDays, openDemoSchedule, startAppointmentsLab } from '../../test/appointments-lab.ts';
import type { AppointmentsLab, Caller } from '../../test/appointments-lab.ts';
import type { AppointmentRecord, CellRecord } from './records.ts';
import type { ScheduleRecord } from '../schedules/record.ts';

const SLOT_MINUTES = 10;
const LANES = 8;
/** How often a client asks again that was answered 5xx, at most. */
const ATTEMPTS = 100;

type Time = Parameters<typeof bookSlot>[2];

let lab: AppointmentsLab;
let schedules: ScheduleRecord[];

beforeAll(async () => {
  lab = await startAppointmentsLab(2);
  const doctors = [await lab.caller('practitioner'), await lab.caller('practitioner')];
  for (const doctor of doctors) await openDemoSchedule(lab, doctor, SLOT_MINUTES);
  schedules = await lab.database.collection<ScheduleRecord>('schedules').find().toArray();
}, 180_000);

afterAll(async () => {
  await lab.stop();
}, 60_000);

/** Pairs of patients who ask two instances for one slot at the same moment, slot after slot, until it is ended. */
function startPairs(): { won: () => number; end: () => Promise<void> } {
  let slot = 0;
  let won = 0;
  let going = true;
  const ask = async (instance: number, patient: Caller, time: Time): Promise<void> => {
    const key = randomUUID();
    for (let attempt = 0; attempt < ATTEMPTS && going; attempt += 1) {
      const { status } = await bookSlot(lab, patient, time, { instance, key });
      if (status === 201) won += 1;
      if (status < 500 && status !== 422) return;
      await delay(5);
    }
  };
  const lane = async (): Promise<void> => {
    while (going) {
      const n = (slot += 1);
      const scheduleId = schedules[n % schedules.length]?._id ?? '';
      const time = { scheduleId, start: inDays(2, SLOT_MINUTES * Math.floor(n / schedules.length)) };
      const pair = [await lab.caller('patient'), await lab.caller('patient')];
      await Promise.all(pair.map((patient, instance) => ask(instance, patient, time)));
    }
  };
  const lanes = Promise.all(Array.from({ length: LANES }, lane));
  return {
    won: () => won,
    async end(): Promise<void> {
      going = false;
      await lanes;
    },
  };
}

const isReady = async (instance: number): Promise<boolean> =>
  (await fetch(`${lab.adminUrls[instance] ?? ''}/readyz`)).ok;

const allReady = async (): Promise<boolean> => (await isReady(0)) && (await isReady(1));

async function doubleBookings(): Promise<unknown[]> {
  return lab.database
    .collection<AppointmentRecord>('appointments')
    .aggregate([
      { $match: { status: 'booked' } },
      { $group: { _id: { practitioner: '$practitionerId', start: '$start' }, count: { $sum: 1 } } },
      { $match: { count: { $gt: 1 } } },
    ])
    .toArray();
}

/** What a clinic would have to do after a loss, at once, so that there is something to book before the indexes are there. */
async function restoreSchedules(): Promise<void> {
  await lab.database.collection<ScheduleRecord>('schedules').insertMany(schedules);
}

describe('a database that loses its data under running bookings', () => {
  it('is not booked on before its unique indexes are there, and no slot is given twice', async () => {
    for (let loss = 0; loss < 3; loss += 1) {
      const pairs = startPairs();
      await until(() => Promise.resolve(pairs.won() > 20), { what: 'bookings before the loss' });
      await lab.mongod.replace();
      await restoreSchedules();
      const before = pairs.won();
      await until(() => Promise.resolve(pairs.won() > before + 100), { what: 'bookings after the loss' });
      await pairs.end();
      await until(allReady, { what: 'both instances to be ready' });
      expect(await lab.database.collection('appointments').countDocuments()).toBeGreaterThan(100);
      expect(await doubleBookings()).toEqual([]);
    }
  }, 180_000);

  it('leaves the services unready, and every booking refused, for as long as an index cannot be built', async () => {
    const [schedule] = schedules;
    const rivals = [await lab.caller('patient'), await lab.caller('patient')];
    const book = (caller: Caller): ReturnType<AppointmentsLab['call']> =>
      bookSlot(lab, caller, { scheduleId: schedule?._id ?? '', start: inDays(3) });
    await lab.database.dropDatabase();
    const cells = lab.database.collection<CellRecord>('cells');
    const twice = { practitionerId: 'twice', cell: 1, appointmentId: 'a' };
    await cells.insertMany([
      { ...twice, _id: 'one', patientId: 'one' },
      { ...twice, _id: 'two', patientId: 'two' },
    ]);
    await restoreSchedules();
    expect(await isReady(0)).toBe(false);
    expect((await Promise.all(rivals.map(book))).map(({ status }) => status)).toEqual([503, 503]);
    expect(await lab.database.collection('appointments').countDocuments()).toBe(0);
    await cells.deleteMany({});
    await until(allReady, { what: 'both instances to be ready' });
    expect((await Promise.all(rivals.map(book))).map(({ status }) => status).sort()).toEqual([201, 409]);
  }, 60_000);

  it('gives no time twice although the unique indexes are gone and nobody has noticed yet', async () => {
    await lab.database.dropDatabase();
    await restoreSchedules();
    await until(allReady, { what: 'both instances to be ready' });
    const scheduleId = schedules[0]?._id ?? '';
    const book = async (instance: number, start: string, caller?: Caller): Promise<number> => {
      const patient = caller ?? (await lab.caller('patient'));
      return (await bookSlot(lab, patient, { scheduleId, start }, { instance })).status;
    };
    await lab.database.collection('cells').dropIndexes();
    for (let slot = 0; slot < 20; slot += 1) {
      const start = inDays(4, SLOT_MINUTES * slot);
      const answers = await Promise.all([0, 1, 0, 1].map((instance) => book(instance, start)));
      expect(answers.filter((status) => status === 201)).toHaveLength(1);
    }
    expect(await doubleBookings()).toEqual([]);
  }, 60_000);
});
