import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inDays, startAppointmentsLab } from '../../test/appointments-lab.ts';
import type { AppointmentsLab, Caller } from '../../test/appointments-lab.ts';
import { scheduleOf, slotAt, staffVisitOf, visitOf } from '../../test/fhir.ts';
import { minuteOf } from '../grid/minutes.ts';
import type { ScheduleRecord } from '../schedules/record.ts';
import { slotsOf } from '../slots/slots.ts';
import { claimsOf } from './claim.ts';
import type { AppointmentRecord, CellRecord } from './records.ts';

/** Long enough for some hundred runs; the whole test takes some 20 s. */
const DRAW_MS = 15_000;
const ZONES = [
  'UTC',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  // as the former version let it: its slots begin beside the grid of cells
  '+00:03',
];
const LENGTHS = [5, 10, 15, 20, 25, 30, 45, 60];
const DOCTORS = 2;
const PATIENTS = 3;

let lab: AppointmentsLab;
let admin: Caller;

beforeAll(async () => {
  lab = await startAppointmentsLab(2);
  admin = await lab.caller('admin');
}, 180_000);
afterAll(() => lab.stop(), 60_000);

const schedule = fc.record({
  doctor: fc.nat(DOCTORS - 1),
  zone: fc.constantFrom(...ZONES),
  slotMinutes: fc.constantFrom(...LENGTHS),
});

/** A wish for a slot near the same time, so that wishes collide; `slots` is how long staff want it. */
const step = fc.record({
  path: fc.constantFrom('plain', 'plain-staff', 'keyed', 'keyed-staff', 'cancel'),
  schedule: fc.nat(5),
  slot: fc.nat(6),
  patient: fc.nat(PATIENTS - 1),
  slots: fc.integer({ min: 1, max: 3 }),
  instance: fc.nat(1),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const plan = fc.record({
  schedules: fc.array(schedule, { minLength: 1, maxLength: 4 }),
  // each round's steps are asked for at the same moment
  rounds: fc.array(fc.array(step, { minLength: 2, maxLength: 12 }), { minLength: 1, maxLength: 3 }),
});

interface World {
  readonly doctors: readonly Caller[];
  readonly patients: readonly Caller[];
  readonly schedules: readonly ScheduleRecord[];
  readonly booked: { readonly id: string; readonly etag: string; readonly patient: Caller }[];
}

const callers = (role: 'patient' | 'practitioner', count: number): Promise<Caller[]> =>
  Promise.all(Array.from({ length: count }, () => lab.caller(role)));

const at = <T>(list: readonly T[], index: number): T => {
  const item = list[index % list.length];
  if (item === undefined) throw new Error('an empty list');
  return item;
};

async function worldOf(
  drawn: readonly { doctor: number; zone: string; slotMinutes: number }[],
): Promise<World> {
  const doctors = await callers('practitioner', DOCTORS);
  const collection = lab.database.collection<ScheduleRecord>('schedules');
  const schedules: ScheduleRecord[] = [];
  for (const { doctor, zone, slotMinutes } of drawn) {
    const practitionerId = at(doctors, doctor).sub;
    const isFormer = zone.startsWith('+');
    const body = scheduleOf({ practitionerId, slotMinutes, timeZone: isFormer ? 'UTC' : zone });
    const made = await lab.call(0, 'POST /fhir/R4/Schedule', admin, { body });
    const _id = String(made.body['id']);
    if (isFormer) await collection.updateOne({ _id }, { $set: { 'hours.timeZone': zone } });
    const stored = await collection.findOne({ _id });
    if (stored === null) throw new Error(`no schedule: ${made.status} ${JSON.stringify(made.body)}`);
    schedules.push(stored);
  }
  return { doctors, patients: await callers('patient', PATIENTS), schedules, booked: [] };
}

/** The start of a slot of the schedule on the day that all wishes are for. */
function startOf(of: ScheduleRecord, slot: number): string {
  const noon = minuteOf(new Date(inDays(3, 720)));
  const slots = [...slotsOf(of, { start: noon, end: noon + 7 * of.slotMinutes })];
  return new Date(at(slots, slot).start * 60_000).toISOString();
}

async function take(world: World, { path, instance, ...wish }: Step): Promise<number> {
  if (path === 'cancel') return cancelOne(world, instance);
  const of = at(world.schedules, wish.schedule);
  const patient = at(world.patients, wish.patient);
  const doctor = at(
    world.doctors,
    world.doctors.findIndex(({ sub }) => sub === of.practitionerId),
  );
  const start = startOf(of, wish.slot);
  const minutes = of.slotMinutes * wish.slots;
  const isStaff = path.endsWith('staff');
  const caller = isStaff ? doctor : patient;
  const { practitionerId } = of;
  const answer = await lab.call(instance, 'POST /fhir/R4/Appointment', caller, {
    ...(path.startsWith('keyed') && { key: randomUUID() }),
    body: isStaff
      ? staffVisitOf(patient.sub, { scheduleId: of._id, practitionerId }, { start, minutes })
      : visitOf(patient.sub, slotAt(of._id, start)),
  });
  if (answer.status === 201) {
    world.booked.push({ id: String(answer.body['id']), etag: answer.headers.get('etag') ?? '', patient });
  }
  return answer.status;
}

async function cancelOne(world: World, instance: number): Promise<number> {
  const one = world.booked.shift();
  if (one === undefined) return 200;
  const { body } = await lab.call(instance, `GET /fhir/R4/Appointment/${one.id}`, one.patient);
  const cancelled = await lab.call(instance, `PUT /fhir/R4/Appointment/${one.id}`, one.patient, {
    body: { ...body, status: 'cancelled' },
    ifMatch: one.etag,
  });
  return cancelled.status;
}

/** The booked visits of the world's people, and the claims that are there. */
async function expectNoOverlap({ doctors, patients }: World): Promise<void> {
  const ids = [...doctors, ...patients].map(({ sub }) => sub);
  const visits = await lab.database
    .collection<AppointmentRecord>('appointments')
    .find({ status: 'booked', practitionerId: { $in: ids } })
    .sort({ start: 1 })
    .toArray();
  for (const field of ['practitionerId', 'patientId'] as const) {
    for (const own of Map.groupBy(visits, (visit) => visit[field]).values()) {
      const overlaps = own.slice(1).filter((visit, n) => visit.start < (own[n]?.end ?? Infinity));
      expect(overlaps).toEqual([]);
    }
  }
  const cells = await lab.database
    .collection<CellRecord>('cells')
    .find({ practitionerId: { $in: ids } })
    .toArray();
  expect(cells.map(({ _id }) => _id).sort()).toEqual(
    visits.flatMap((visit) => claimsOf(visit).map(({ _id }) => _id)).sort(),
  );
}

it('no two booked visits of one actor overlap, whatever the zone, length, schedule, path and interleaving', async () => {
  const answers = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(plan, async ({ schedules, rounds }) => {
      const world = await worldOf(schedules);
      for (const steps of rounds) {
        const statuses = await Promise.all(steps.map((one) => take(world, one)));
        for (const status of statuses) answers.set(status, (answers.get(status) ?? 0) + 1);
      }
      await expectNoOverlap(world);
    }),
    { interruptAfterTimeLimit: DRAW_MS, numRuns: 10_000, endOnFailure: true },
  );
  // 422: a long visit that would end after the day's closing
  expect([...answers.keys()].filter((status) => ![200, 201, 409, 422].includes(status))).toEqual([]);
  expect(answers.get(201)).toBeGreaterThan(100);
  expect(answers.get(409)).toBeGreaterThan(100);
}, 60_000);
