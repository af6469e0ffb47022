import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { insist } from '@careplane/kit/testing';
import { inDays, startAppointmentsLab } from '../../test/appointments-lab.ts';
import type { Answer, AppointmentsLab, Caller, Extras } from '../../test/appointments-lab.ts';
import { entries, linkOf, outcome, scheduleOf, slotAt, visitOf } from '../../test/fhir.ts';
import type { AppointmentRecord } from './records.ts';

const BASE = '/fhir/R4';

let lab: AppointmentsLab;
let doctor: Caller;
let patient: Caller;
let frontDesk: Caller;
let scheduleId: string;

beforeAll(async () => {
  lab = await startAppointmentsLab(2);
  [doctor, patient, frontDesk] = [
    await lab.caller('practitioner'),
    await lab.caller('patient'),
    await lab.caller('frontdesk'),
  ];
  scheduleId = String((await open(doctor, scheduleOf({ practitionerId: doctor.sub }))).body['id']);
}, 180_000);

afterAll(async () => {
  await keepForValidator();
  await lab.stop();
}, 60_000);

/** What the service has answered in these tests, for `scripts/fhir/check.ts`. */
async function keepForValidator(): Promise<void> {
  const admin = await lab.caller('frontdesk');
  const paths = ['Appointment?_count=100', 'Schedule?_count=100', `Slot?schedule=${scheduleId}&_count=5`];
  const resources: object[] = [];
  for (const path of paths) resources.push(...entries(await get(path, admin)));
  const folder = new URL('../../../../dist/fhir/', import.meta.url);
  await mkdir(folder, { recursive: true });
  const lines = resources.map((resource) => JSON.stringify(resource));
  await writeFile(new URL('appointments.ndjson', folder), `${lines.join('\n')}\n`);
}

const open = (caller: Caller, body: object): Promise<Answer> =>
  lab.call(0, `POST ${BASE}/Schedule`, caller, { body });

const create = (caller: Caller, body: object, extras: Extras = {}, instance = 0): Promise<Answer> =>
  lab.call(instance, `POST ${BASE}/Appointment`, caller, { body, ...extras });

const book = (caller: Caller, start: string, more: object = {}, extras: Extras = {}): Promise<Answer> =>
  create(caller, visitOf(caller.sub, slotAt(scheduleId, start), { ...more }), extras);

const get = (path: string, caller: Caller): Promise<Answer> => lab.call(0, `GET ${BASE}/${path}`, caller);

describe('an appointment over FHIR', () => {
  it('is booked by creating it, keeps what was sent, and is read, also under /v1', async () => {
    const sent = {
      identifier: [{ system: 'urn:app', value: randomUUID() }],
      reasonCode: [{ text: 'Cough' }],
      patientInstruction: 'Come sober',
      extension: [{ url: 'https://app.example/x', valueString: 'y' }],
      meta: { tag: [{ system: 'urn:app', code: 't' }] },
    };
    const made = await book(patient, inDays(4, 600), sent);
    expect(outcome(made)[0]).toBe(201);
    const id = String(made.body['id']);
    expect(made.headers.get('location')).toMatch(new RegExp(`${BASE}/Appointment/${id}/_history/1$`));
    expect(made.headers.get('etag')).toBe('W/"1"');
    expect(made.body).toMatchObject({
      ...sent,
      status: 'booked',
      start: inDays(4, 600),
      end: inDays(4, 630),
      minutesDuration: 30,
      slot: [{ reference: `Slot/${slotAt(scheduleId, inDays(4, 600))}` }],
      participant: [
        { actor: { reference: `Patient/${patient.sub}` }, status: 'accepted' },
        { actor: { reference: `Practitioner/${doctor.sub}` }, status: 'accepted' },
      ],
    });
    expect((await get(`Appointment/${id}`, patient)).body).toEqual(made.body);
    expect((await get(`Appointment/${id}/_history/1`, patient)).body).toEqual(made.body);
    const former = await lab.call(0, `GET /v1/appointments/${id}`, patient);
    expect([former.status, former.body['start']]).toEqual([200, inDays(4, 600)]);
    expect(await lab.event('appointment.booked', id)).toMatchObject({ data: { patientId: patient.sub } });
  });

  it('may name a schedule and a start instead of a slot, and staff may choose its length', async () => {
    const ask = (caller: Caller, minutes: number, end: number): Promise<Answer> => {
      const { slot: _slot, ...visit } = visitOf(patient.sub, '');
      const participant = [
        { actor: { reference: `Patient/${patient.sub}` }, status: 'accepted' },
        { actor: { reference: `Practitioner/${doctor.sub}` }, status: 'accepted' },
      ];
      const supportingInformation = [{ reference: `Schedule/${scheduleId}` }];
      const [from, to] = [inDays(5, minutes), inDays(5, end)];
      return create(caller, {
        ...visit,
        status: 'booked',
        participant,
        supportingInformation,
        start: from,
        end: to,
      });
    };
    expect((await ask(doctor, 600, 645)).body).toMatchObject({ start: inDays(5, 600), end: inDays(5, 645) });
    expect((await ask(frontDesk, 660, 690)).status).toBe(201);
    expect(outcome(await ask(patient, 720, 765))).toEqual([422, 'processing', 'not-their-length']);
    expect((await ask(patient, 720, 750)).status).toBe(201);
    expect(outcome(await ask(patient, 780, 780))).toEqual([400, 'invalid', 'Appointment.end']);
  });

  it('is a conflict when the time is taken, on two instances at once', async () => {
    const rivals = await Promise.all(Array.from({ length: 20 }, () => lab.caller('patient')));
    const slot = slotAt(scheduleId, inDays(6, 600));
    const answers = await Promise.all(
      rivals.map((rival, n) => create(rival, visitOf(rival.sub, slot), {}, n)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const lost = answers.filter(({ status }) => status !== 201).map(outcome);
    expect(lost).toEqual(Array<unknown>(19).fill([409, 'conflict', 'slot-taken']));
    const other = await open(await lab.caller('admin'), scheduleOf({ practitionerId: await newDoctor() }));
    const busy = await book(patient, inDays(6, 660));
    expect(busy.status).toBe(201);
    const twice = await create(
      patient,
      visitOf(patient.sub, slotAt(String(other.body['id']), inDays(6, 660))),
    );
    expect(outcome(twice)).toEqual([409, 'conflict', 'patient-busy']);
  }, 30_000);

  it('is refused where it cannot be', async () => {
    const ask = async (slot: string, more: object = {}): Promise<unknown[]> =>
      outcome(await create(patient, visitOf(patient.sub, slot, { ...more })));
    expect(await ask(slotAt(scheduleId, inDays(7, 610)))).toEqual([422, 'processing', 'not-on-grid']);
    expect(await ask(slotAt(scheduleId, inDays(40)))).toEqual([422, 'processing', 'outside-hours']);
    expect(await ask(slotAt(scheduleId, inDays(0)))).toEqual([422, 'processing', 'in-the-past']);
    expect(await ask(slotAt(randomUUID(), inDays(7)))).toEqual([422, 'processing', 'unknown-slot']);
    expect(await ask('x')).toEqual([400, 'invalid', 'Appointment.slot']);
    expect(await ask(slotAt(scheduleId, inDays(7)), { status: 'cancelled' })).toEqual([
      422,
      'processing',
      'status-not-served',
    ]);
    const stranger = visitOf((await lab.caller('patient')).sub, slotAt(scheduleId, inDays(7)));
    expect((await create(patient, stranger)).status).toBe(403);
  });

  it('is not made for nobody', async () => {
    const nobody = await create(frontDesk, visitOf(randomUUID(), slotAt(scheduleId, inDays(7, 60))));
    expect(outcome(nobody)).toEqual([422, 'processing', 'unknown-patient']);
    const somebody = await create(frontDesk, visitOf(patient.sub, slotAt(scheduleId, inDays(7, 60))));
    expect(somebody.status).toBe(201);
  });

  it('is seen by its people only', async () => {
    const made = await book(patient, inDays(8, 0));
    const path = `Appointment/${String(made.body['id'])}`;
    const callers = [
      patient,
      doctor,
      frontDesk,
      await lab.caller('patient'),
      await lab.caller('practitioner'),
      await lab.caller('compliance'),
    ];
    const seen = await Promise.all(callers.map((caller) => get(path, caller)));
    expect(seen.map(({ status }) => status)).toEqual([200, 200, 200, 404, 404, 403]);
    const strange = await get(`Appointment?patient=${patient.sub}&_total=accurate`, callers[3] ?? patient);
    expect([strange.status, strange.body['total'], entries(strange)]).toEqual([200, 0, []]);
  });
});

async function newDoctor(): Promise<string> {
  return (await lab.caller('practitioner')).sub;
}

describe('a repeated create', () => {
  it('gets its first answer, also at the same moment, after the cancellation and after the visit began', async () => {
    const request = { key: randomUUID() };
    const start = inDays(9, 600);
    const body = visitOf(patient.sub, slotAt(scheduleId, start), { comment: 'secret words' });
    const twins = await Promise.all([0, 1, 0, 1].map((n) => insist(() => create(patient, body, request, n))));
    expect(twins.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    const [first] = twins;
    const id = String(first?.body['id']);
    expect(new Set(twins.map((twin) => twin.body['id'])).size).toBe(1);
    const cancelled = await cancelOver(id, patient, first);
    expect(cancelled.status).toBe(200);
    const after = await create(patient, body, request);
    expect([after.status, after.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    expect(after.body).toEqual(first?.body);

    // as if the clock had passed the visit
    const past = Math.floor(Date.now() / 60_000) - 10;
    await lab.database
      .collection<AppointmentRecord>('appointments')
      .updateOne({ _id: id }, { $set: { start: past, end: past + 30 } });
    expect((await create(patient, body, request)).body['id']).toBe(id);
    expect(outcome(await create(patient, { ...body, comment: 'x' }, request))[0]).toBe(422);
    const keys = JSON.stringify(
      await lab.database.collection('idempotency_keys').find({ 'reply.made.id': id }).toArray(),
    );
    expect(keys).toContain(id);
    expect(keys).not.toContain('secret words');
  }, 30_000);

  it('is the same appointment when it says If-None-Exist, and one of several is not guessed', async () => {
    const identifier = [{ system: 'urn:app', value: randomUUID() }];
    const headers = { 'if-none-exist': `identifier=urn:app|${identifier[0]?.value ?? ''}` };
    const ask = (minutes: number): Promise<Answer> =>
      book(patient, inDays(10, minutes), { identifier }, { headers });
    const [one, two] = await Promise.all([ask(600), ask(600)]);
    expect([one.status, two.status].sort()).toEqual([200, 201]);
    expect(one.body['id']).toBe(two.body['id']);
    expect((await ask(660)).body['id']).toBe(one.body['id']);
    expect((await book(patient, inDays(10, 720), { identifier })).status).toBe(201);
    expect((await ask(780)).status).toBe(412);
  }, 30_000);
});

async function cancelOver(
  id: string,
  caller: Caller,
  made: Answer | undefined,
  more: object = {},
): Promise<Answer> {
  const body = { ...made?.body, status: 'cancelled', ...more };
  return lab.call(0, `PUT ${BASE}/Appointment/${id}`, caller, { body, ifMatch: 'W/"1"' });
}

describe('cancelling over FHIR', () => {
  it('is an update with If-Match, frees the time at once, tells why, and may be repeated', async () => {
    const start = inDays(11, 600);
    const made = await book(patient, start);
    const id = String(made.body['id']);
    const cancelationReason = {
      coding: [
        { system: 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason', code: 'pat-crs' },
      ],
    };
    const put = (ifMatch?: string): Promise<Answer> =>
      lab.call(0, `PUT ${BASE}/Appointment/${id}`, patient, {
        body: { ...made.body, status: 'cancelled', cancelationReason },
        ...(ifMatch !== undefined && { ifMatch }),
      });
    expect((await put()).status).toBe(428);
    expect((await put('W/"7"')).status).toBe(412);
    const cancelled = await put('W/"1"');
    expect(cancelled.body).toMatchObject({
      status: 'cancelled',
      cancelationReason,
      meta: { versionId: '2' },
    });
    const again = await put('W/"1"');
    expect([again.status, again.body]).toEqual([200, cancelled.body]);
    expect(await lab.event('appointment.cancelled', id)).toMatchObject({ data: { reason: 'pat', start } });
    expect((await book(await lab.caller('patient'), start)).status).toBe(201);
    expect((await get(`Appointment/${id}/_history/1`, patient)).body['status']).toBe('booked');
    expect(entries(await get(`Appointment/${id}/_history`, patient)).map((one) => one['status'])).toEqual([
      'cancelled',
      'booked',
    ]);
    const { cancelationReason: _reason, ...said } = cancelled.body;
    const booked = { ...said, status: 'booked' };
    const back = await lab.call(0, `PUT ${BASE}/Appointment/${id}`, patient, {
      body: booked,
      ifMatch: 'W/"2"',
    });
    expect(outcome(back)).toEqual([422, 'processing', 'not-booked']);
  }, 30_000);

  it('moves no visit: who, when and where stays', async () => {
    const made = await book(patient, inDays(12, 600));
    const id = String(made.body['id']);
    const put = async (change: object): Promise<unknown[]> =>
      outcome(
        await lab.call(0, `PUT ${BASE}/Appointment/${id}`, doctor, {
          body: { ...made.body, ...change },
          ifMatch: 'W/"1"',
        }),
      );
    const refused = [422, 'processing', 'not-changeable'];
    expect(await put({ start: inDays(12, 630), end: inDays(12, 660) })).toEqual(refused);
    expect(await put({ participant: (made.body['participant'] as unknown[]).slice(0, 1) })).not.toEqual([
      200,
    ]);
    expect((await put({ comment: 'Bring the films' }))[0]).toBe(200);
    expect((await get(`Appointment/${id}`, doctor)).body).toMatchObject({
      comment: 'Bring the films',
      start: inDays(12, 600),
    });
    expect((await get(`Appointment/${id}`, patient)).body['comment']).toBeUndefined();
  });
});

describe('a search for appointments', () => {
  it('finds by patient, practitioner, actor, date and status, in order, page by page, with a total', async () => {
    const [busy, own] = [await lab.caller('patient'), await lab.caller('practitioner')];
    const schedule = String((await open(own, scheduleOf({ practitionerId: own.sub }))).body['id']);
    const starts = [5, 7, 6, 9, 8].map((day) => inDays(day, 30));
    const made: Answer[] = [];
    for (const start of starts) made.push(await create(busy, visitOf(busy.sub, slotAt(schedule, start))));
    expect(made.map(({ status }) => status)).toEqual(Array<number>(5).fill(201));
    await cancelOver(String(made[0]?.body['id']), busy, made[0]);
    const startsOf = (answer: Answer): unknown[] => entries(answer).map((one) => one['start']);
    const ascending = [...starts].sort();
    for (const query of [
      `patient=${busy.sub}`,
      `patient=Patient/${busy.sub}`,
      `practitioner=${own.sub}`,
      `actor=Practitioner/${own.sub}`,
    ]) {
      expect(startsOf(await get(`Appointment?${query}&_sort=date`, busy))).toEqual(ascending);
    }
    expect(startsOf(await get('Appointment', busy))).toEqual(ascending.toReversed());
    expect(startsOf(await get(`Appointment?status=cancelled`, busy))).toEqual([starts[0]]);
    expect(startsOf(await get(`Appointment?date=${inDays(7).slice(0, 10)}`, own))).toEqual([inDays(7, 30)]);
    expect(
      startsOf(await get(`Appointment?date=ge${inDays(7)}&date=lt${inDays(9)}&_sort=-date`, own)),
    ).toEqual([inDays(8, 30), inDays(7, 30)]);
    const seen: unknown[] = [];
    let path: string | undefined = `${BASE}/Appointment?_count=2&_sort=-date&_total=accurate`;
    for (let pages = 0; path !== undefined && pages < 5; pages += 1) {
      const page: Answer = await lab.call(0, `GET ${path}`, busy);
      expect(page.body['total']).toBe(5);
      seen.push(...startsOf(page));
      path = linkOf(page, 'next');
    }
    expect(seen).toEqual(ascending.toReversed());
    expect((await get('Appointment?_summary=count', own)).body['total']).toBe(5);
    expect((await get('Appointment?flavour=x', own)).status).toBe(400);
  }, 30_000);
});

describe('schedules over FHIR', () => {
  it('are opened by practitioners for themselves, by admin and front desk for any who exists', async () => {
    const body = scheduleOf({ practitionerId: doctor.sub, days: [40, 50], timeZone: 'Asia/Kathmandu' });
    const more = {
      comment: 'On the second floor',
      identifier: [{ value: 'x' }],
      serviceType: [{ text: 'Eyes' }],
    };
    expect((await open(patient, body)).status).toBe(403);
    expect((await open(await lab.caller('practitioner'), body)).status).toBe(403);
    const made = await open(frontDesk, { ...body, ...more });
    expect(made.body).toMatchObject({ ...body, ...more, active: true });
    expect((await get(`Schedule/${String(made.body['id'])}`, doctor)).body).toEqual(made.body);
    const nobody = await open(await lab.caller('admin'), scheduleOf({ practitionerId: randomUUID() }));
    expect(outcome(nobody)).toEqual([422, 'processing', 'unknown-practitioner']);
    const found = await get(
      `Schedule?actor=Practitioner/${doctor.sub}&date=${inDays(45)}&active=true`,
      patient,
    );
    expect(entries(found).map((one) => one['id'])).toEqual([made.body['id']]);
    expect(entries(await get(`Schedule?actor=${doctor.sub}&active=false`, patient))).toEqual([]);
  });

  it('are refused with an offset for a zone, with a horizon that is over or ends before it begins', async () => {
    const practitionerId = doctor.sub;
    const ask = async (wish: object): Promise<unknown[]> =>
      outcome(await open(doctor, scheduleOf({ practitionerId, ...wish })));
    const extension = 'Schedule.extension[1]';
    expect(await ask({ timeZone: '+00:03' })).toEqual([400, 'invalid', extension]);
    expect(await ask({ from: '17:00:00', to: '08:00:00' })).toEqual([400, 'invalid', extension]);
    expect(await ask({ slotMinutes: 7 })).toEqual([400, 'invalid', 'Schedule.extension[0]']);
    expect(await ask({ days: [5, 4] })).toEqual([400, 'invariant', 'Schedule.planningHorizon.end']);
    expect(await ask({ days: [-9, -2] })).toEqual([400, 'invalid', 'Schedule.planningHorizon.end']);
  });
});

describe('slots over FHIR', () => {
  it('are computed, keep their ids, and become busy and free again with the visits', async () => {
    const own = await lab.caller('practitioner');
    const schedule = String(
      (await open(own, scheduleOf({ practitionerId: own.sub, slotMinutes: 60 }))).body['id'],
    );
    const slot = slotAt(schedule, inDays(3, 120));
    const made = await create(patient, visitOf(patient.sub, slot));
    expect(made.status).toBe(201);
    const within = `start=ge${inDays(3)}&start=lt${inDays(3, 300)}`;
    const times = async (query: string): Promise<unknown[]> =>
      entries(await get(`Slot?${query}&${within}`, patient)).map((one) => one['start']);
    const free = [0, 60, 180, 240].map((minute) => inDays(3, minute));
    expect(await times(`schedule=${schedule}&status=free`)).toEqual(free);
    expect(await times(`schedule.actor=Practitioner/${own.sub}&status=free`)).toEqual(free);
    expect(await times(`actor=${own.sub}&status=busy`)).toEqual([inDays(3, 120)]);
    expect(await times(`actor=${own.sub}`)).toHaveLength(5);
    expect((await get(`Slot/${slot}`, patient)).body).toMatchObject({
      id: slot,
      status: 'busy',
      schedule: { reference: `Schedule/${schedule}` },
      start: inDays(3, 120),
      end: inDays(3, 180),
    });
    await cancelOver(String(made.body['id']), patient, made);
    expect((await get(`Slot/${slot}`, patient)).body['status']).toBe('free');
    for (const id of [slotAt(schedule, inDays(3, 121)), slotAt(randomUUID(), inDays(3)), 'x'])
      expect((await get(`Slot/${id}`, patient)).status).toBe(404);
    const first = await get(`Slot?schedule=${schedule}&${within}&_count=3&_total=accurate`, patient);
    const rest = await lab.call(0, `GET ${linkOf(first, 'next') ?? ''}`, patient);
    expect(first.body['total']).toBe(5);
    expect([...entries(first), ...entries(rest)].map((one) => one['start'])).toEqual(
      [0, 60, 120, 180, 240].map((minute) => inDays(3, minute)),
    );
  }, 30_000);

  it('are not asked for in spans that are over, end before they begin, are long, or of nobody', async () => {
    const ask = async (query: string): Promise<unknown[]> => outcome(await get(`Slot?${query}`, patient));
    const of = `schedule=${scheduleId}`;
    const refused = [400, 'invalid', 'http.start'];
    expect(await ask(`${of}&start=ge${inDays(5)}&start=lt${inDays(4)}`)).toEqual(refused);
    expect(await ask(`${of}&start=ge${inDays(-5)}&start=lt${inDays(-4)}`)).toEqual(refused);
    expect(await ask(`${of}&start=ge${inDays(1)}&start=lt${inDays(40)}`)).toEqual(refused);
    expect(await ask(`start=ge${inDays(1)}`)).toEqual([400, 'invalid', 'http.schedule']);
  });
});

describe('privacy over FHIR', () => {
  it('leaves nothing of a body in the logs', () => {
    expect(lab.logs.text()).not.toContain('Cough');
    expect(lab.logs.text()).not.toContain('Come sober');
  });
});
