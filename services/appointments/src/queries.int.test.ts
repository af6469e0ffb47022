import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { bookSlot, inDays, openDemoSchedule, startAppointmentsLab } from '../test/appointments-lab.ts';
import type { Answer, AppointmentsLab, Caller } from '../test/appointments-lab.ts';
import { linkOf, slotAt, staffVisitOf, visitOf } from '../test/fhir.ts';

/** An entry of the database profiler (mongodb.com/docs/manual/reference/database-profiler), which sees every command. */
interface Profiled {
  readonly op: string;
  readonly ns: string;
  readonly ts: Date;
  readonly appName?: string;
  readonly command: Readonly<Record<string, unknown>>;
  readonly planSummary?: string;
  readonly docsExamined?: number;
  readonly nreturned?: number;
}

let lab: AppointmentsLab;
let doctor: Caller;
let patient: Caller;
let scheduleId: string;

beforeAll(async () => {
  lab = await startAppointmentsLab(1);
  [doctor, patient] = [await lab.caller('practitioner'), await lab.caller('patient')];
  scheduleId = await openDemoSchedule(lab, doctor);
  // A client's first request also fetches the keys of identity and fills the pools.
  await book(await lab.caller('patient'), inDays(2, 0));
  await lab.events(1);
  await settled();
}, 180_000);

afterAll(async () => {
  await lab.stop();
}, 60_000);

function book(caller: Caller, start: string): ReturnType<AppointmentsLab['call']> {
  return bookSlot(lab, caller, { scheduleId, start });
}

/** Waits until the relay has marked everything as published, so that its commands are not counted as the next test's. */
async function settled(): Promise<void> {
  await until(async () => (await lab.database.collection('outbox').countDocuments({ pending: true })) === 0, {
    what: 'the outbox to be empty',
  });
}

/** Runs `act` and gives the commands that the service sent meanwhile, commits included, in order. */
async function commandsOf(act: () => Promise<unknown>): Promise<Profiled[]> {
  await lab.database.command({ profile: 0 });
  await lab.database.collection('system.profile').drop();
  await lab.database.command({ profile: 2 });
  await act();
  await settled();
  await lab.database.command({ profile: 0 });
  const seen = await lab.database
    .collection<Profiled>('system.profile')
    .find({ appName: 'appointments-0' })
    .toArray();
  // The relay's own commands belong to the publishing and are shared by all bookings of a batch.
  return seen.filter((entry) => !(entry.ns.endsWith('.outbox') && entry.op !== 'insert'));
}

async function commits(): Promise<number> {
  const { transactions } = await lab.database.admin().serverStatus();
  return (transactions as { totalCommitted: number }).totalCommitted;
}

const summary = (commands: readonly Profiled[]): string[] =>
  commands.map((entry) => `${entry.op} ${entry.ns.replace('appointments.', '')}`);

describe('what a booking costs the database', () => {
  it('is eight commands and one commit, as README.md says, and three less without an Idempotency-Key', async () => {
    const visit = (minutes: number): object => visitOf(patient.sub, slotAt(scheduleId, inDays(3, minutes)));
    const bookOverFhir = (minutes: number, key?: string): Promise<Answer> =>
      lab.call(0, 'POST /fhir/R4/Appointment', patient, { body: visit(minutes), ...(key && { key }) });
    expect((await bookOverFhir(600)).status).toBe(201);
    await settled();
    const before = await commits();
    const commands = await commandsOf(() => bookOverFhir(660, randomUUID()));
    expect(summary(commands)).toEqual([
      'query idempotency_keys',
      'query schedules',
      'query cells',
      'insert idempotency_keys',
      'insert cells',
      'insert appointments',
      'insert outbox',
      'update idempotency_keys',
    ]);
    expect((await commits()) - before).toBe(1);
    const plain = await commandsOf(() => bookOverFhir(720));
    expect(summary(plain)).toEqual([
      'query schedules',
      'query cells',
      'insert cells',
      'insert appointments',
      'insert outbox',
    ]);
  });

  it('is four finds and no transaction when the slot is taken', async () => {
    const commands = await commandsOf(async () => book(await lab.caller('patient'), inDays(3, 600)));
    expect(summary(commands)).toEqual([
      'query idempotency_keys',
      'query schedules',
      'query cells',
      'query idempotency_keys',
    ]);
  });
});

describe('the queries of the hot paths', () => {
  it('all use an index and examine no document in vain', async () => {
    for (let n = 0; n < 40; n += 1) {
      const of = { scheduleId, practitionerId: doctor.sub };
      const { sub } = await lab.caller('patient');
      const body = staffVisitOf(sub, of, { start: inDays(5, 30 * n), minutes: 30 });
      expect((await lab.call(0, 'POST /fhir/R4/Appointment', doctor, { body })).status).toBe(201);
    }
    const identifier = [{ system: 'urn:app', value: randomUUID() }];
    const { value = '' } = identifier[0] ?? {};
    const body = visitOf(patient.sub, slotAt(scheduleId, inDays(4, 660)), { identifier });
    const headers = { 'if-none-exist': `identifier=urn:app|${value}` };
    const commands = await commandsOf(async () => {
      const made = await lab.call(0, 'POST /fhir/R4/Appointment', patient, { body, headers });
      const id = String(made.body['id']);
      const of = (path: string, caller = doctor): Promise<Answer> =>
        lab.call(0, `GET /fhir/R4/${path}`, caller);
      const page = await of('Appointment?_count=10&_sort=date');
      const span = `start=ge${inDays(5)}&start=lt${inDays(7)}`;
      const answers = [
        made,
        page,
        await lab.call(0, `GET ${linkOf(page, 'next') ?? ''}`, doctor),
        await of('Appointment?_count=10&_sort=-date'),
        await of(`Appointment?patient=${patient.sub}`, patient),
        await of(`Appointment?date=ge${inDays(4)}&date=lt${inDays(5)}`),
        await of(`Appointment?identifier=urn:app|${value}`, patient),
        await of(`Appointment/${id}`, patient),
        await of(`Schedule?actor=Practitioner/${doctor.sub}`, patient),
        await of(`Slot?schedule=${scheduleId}&status=free&${span}`, patient),
        await of(`Slot?schedule.actor=${doctor.sub}&status=free&${span}`, patient),
        await of(`Slot/${slotAt(scheduleId, inDays(5))}`, patient),
        await lab.call(0, `PUT /fhir/R4/Appointment/${id}`, patient, {
          body: { ...made.body, status: 'cancelled' },
          ifMatch: 'W/"1"',
        }),
        await of(`Appointment/${id}/_history`, patient),
      ];
      expect(answers.map((answer) => answer.status)).toEqual([201, ...Array<number>(13).fill(200)]);
    });
    expectGoodPlans(commands, 20);
  }, 60_000);
});

/** Every query uses an index and examines no document in vain. */
function expectGoodPlans(commands: readonly Profiled[], least: number): void {
  const queries = commands.filter((entry) => entry.planSummary !== undefined);
  expect(queries.length).toBeGreaterThanOrEqual(least);
  expect(queries.filter((entry) => !/^(IXSCAN|IDHACK|EXPRESS)/.test(entry.planSummary ?? ''))).toEqual([]);
  // One more than returned: the item of the cursor itself, where the next page begins.
  const wasteful = queries.filter(
    (entry) => entry.op === 'query' && (entry.docsExamined ?? 0) > (entry.nreturned ?? 0) + 1,
  );
  expect(wasteful.map((entry) => [entry.ns, entry.docsExamined, entry.nreturned])).toEqual([]);
}
