import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { watchRoutes } from '@careplane/kit/testing';
import { inDays } from '../test/appointments-lab.ts';
import type { Answer, Caller } from '../test/appointments-lab.ts';
import { entries, linkOf, outcome, scheduleOf, slotAt, visitOf } from '../test/fhir.ts';
import { BASE, startFhirLab } from '../test/fhir-lab.ts';
import type { FhirLab } from '../test/fhir-lab.ts';
import { definitions, openApi } from './openapi.ts';
import { CLOSED } from './schedules/schedule-resource.ts';

const watch = watchRoutes(definitions);
let lab: FhirLab['lab'];
let doctor: FhirLab['doctor'];
let patient: FhirLab['patient'];
let frontDesk: FhirLab['frontDesk'];
let scheduleId: FhirLab['scheduleId'];
let open: FhirLab['open'];
let create: FhirLab['create'];
let book: FhirLab['book'];
let get: FhirLab['get'];
let put: FhirLab['put'];
let cancel: FhirLab['cancel'];

beforeAll(async () => {
  ({ lab, doctor, patient, frontDesk, scheduleId, open, create, book, get, put, cancel } =
    await startFhirLab());
}, 180_000);

afterAll(async () => {
  watch.stop();
  await keepForValidator();
  await lab.stop();
}, 60_000);

/** What the service has answered in these tests, for `scripts/fhir/check.ts`. */
async function keepForValidator(): Promise<void> {
  const admin = await lab.caller('frontdesk');
  const paths = ['Appointment?_count=100', 'Schedule?_count=100', `Slot?schedule=${scheduleId}&_count=5`];
  const resources: object[] = [];
  for (const path of paths) resources.push(...entries(await get(path, admin)));
  const folder = new URL('../../../dist/fhir/', import.meta.url);
  await mkdir(folder, { recursive: true });
  const lines = resources.map((resource) => JSON.stringify(resource));
  await writeFile(new URL('appointments.ndjson', folder), `${lines.join('\n')}\n`);
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
    const cancelOne = (ifMatch?: string): Promise<Answer> =>
      put(patient, { ...made.body, status: 'cancelled', cancelationReason }, ifMatch);
    expect((await cancelOne()).status).toBe(428);
    expect((await cancelOne('W/"7"')).status).toBe(412);
    const cancelled = await cancelOne('W/"1"');
    expect(cancelled.body).toMatchObject({
      status: 'cancelled',
      cancelationReason,
      meta: { versionId: '2' },
    });
    const again = await cancelOne('W/"1"');
    expect([again.status, again.body]).toEqual([200, cancelled.body]);
    expect(await lab.event('appointment.cancelled', id)).toMatchObject({ data: { reason: 'pat', start } });
    expect((await book(await lab.caller('patient'), start)).status).toBe(201);
    expect((await get(`Appointment/${id}/_history/1`, patient)).body['status']).toBe('booked');
    expect(entries(await get(`Appointment/${id}/_history`, patient)).map((one) => one['status'])).toEqual([
      'cancelled',
      'booked',
    ]);
    const booked = { ...cancelled.body, status: 'booked', cancelationReason: undefined };
    const back = await put(patient, booked, 'W/"2"');
    expect(outcome(back)).toEqual([422, 'processing', 'not-booked']);
  }, 30_000);

  it('moves no visit: who, when and where stays', async () => {
    const made = await book(patient, inDays(12, 600));
    const id = String(made.body['id']);
    const change = async (to: object): Promise<unknown[]> =>
      outcome(await put(doctor, { ...made.body, ...to }, 'W/"1"'));
    const refused = [422, 'processing', 'not-changeable'];
    expect(await change({ start: inDays(12, 630), end: inDays(12, 660) })).toEqual(refused);
    expect(await change({ participant: (made.body['participant'] as unknown[]).slice(0, 1) })).not.toEqual([
      200,
    ]);
    expect((await change({ comment: 'Bring the films' }))[0]).toBe(200);
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
    await cancel(busy, made[0]);
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
    expect((await get(`Appointment?practitioner=${own.sub}&_summary=count`, own)).body['total']).toBe(5);
    expect((await get('Appointment?_summary=count', own)).status).toBe(422);
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
    expect(await ask({ from: '08:00:00', to: '08:00:00' })).toEqual([400, 'invalid', extension]);
    expect(await ask({ slotMinutes: 7 })).toEqual([400, 'invalid', 'Schedule.extension[0]']);
    expect(await ask({ days: [5, 4] })).toEqual([400, 'invariant', 'Schedule.planningHorizon.end']);
    expect(await ask({ days: [-9, -2] })).toEqual([400, 'invalid', 'Schedule.planningHorizon.end']);
  });
});

describe('a schedule that is changed', () => {
  it('counts from then on: what is booked stays, what is closed is not offered and cannot be booked', async () => {
    const own = await lab.caller('practitioner');
    const made = await open(own, scheduleOf({ practitionerId: own.sub }));
    const id = String(made.body['id']);
    const booked = await create(patient, visitOf(patient.sub, slotAt(id, inDays(8, 600))));
    const closed = {
      url: CLOSED,
      extension: [{ url: 'period', valuePeriod: { start: inDays(8), end: inDays(9) } }],
    };
    const extension = [...(made.body['extension'] as object[]), closed];
    const change = (by: Caller, body: Answer['body']): Promise<Answer> => put(by, body, 'W/"1"');
    const closing = { ...made.body, extension };
    expect((await change(await lab.caller('practitioner'), closing)).status).toBe(404);
    expect((await change(patient, closing)).status).toBe(403);
    const other = { ...made.body, actor: [{ reference: `Practitioner/${doctor.sub}` }] };
    expect((await change(own, other)).status).toBe(403);
    expect(outcome(await change(frontDesk, other))).toEqual([422, 'processing', 'another-practitioner']);
    const changed = await change(own, closing);
    expect([changed.status, changed.body['extension']]).toEqual([200, extension]);
    expect((await change(own, { ...closing, comment: 'Late' })).status).toBe(412);
    const free = await get(
      `Slot?schedule=${id}&start=ge${inDays(7, 1_380)}&start=lt${inDays(9, 60)}`,
      patient,
    );
    expect(entries(free).map((slot) => slot['start'])).toEqual([
      ...[inDays(7, 1_380), inDays(7, 1_410)],
      ...[inDays(9), inDays(9, 30)],
    ]);
    const late = await create(patient, visitOf(patient.sub, slotAt(id, inDays(8, 660))));
    expect(outcome(late)).toEqual([422, 'processing', 'outside-hours']);
    const still = await get(`Appointment/${String(booked.body['id'])}`, patient);
    expect(still.body['status']).toBe('booked');
  });

  it('is made by one of two who change it at once', async () => {
    const own = await lab.caller('practitioner');
    const made = await open(own, scheduleOf({ practitionerId: own.sub }));
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => put(own, { ...made.body, comment: `Room ${String(n)}` }, 'W/"1"')),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array<number>(7).fill(412)]);
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
    await cancel(patient, made);
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

describe('the FHIR routes of appointments', () => {
  it('find by POST, read a version, and are all reached by these tests', async () => {
    for (const type of ['Appointment', 'Schedule', 'Slot']) {
      const found = await fetch(`${lab.urls[0] ?? ''}${BASE}/${type}/_search`, {
        method: 'POST',
        headers: { authorization: `Bearer ${doctor.token}` },
        body: new URLSearchParams(type === 'Slot' ? { schedule: scheduleId } : { _count: '1' }),
      });
      expect([type, found.status]).toEqual([type, 200]);
    }
    const version = await get(`Schedule/${scheduleId}/_history/1`, doctor);
    expect([version.status, version.body['id']]).toEqual([200, scheduleId]);
    const own = await get(`Appointment/$everything?patient=${patient.sub}&start=2020`, patient);
    expect(entries(own)).toEqual(entries(await get(`Appointment?patient=${patient.sub}&_sort=_id`, patient)));
    expect(entries(own).length).toBeGreaterThan(0);
    expect(watch.missing()).toEqual([]);
  });

  it('are described by the document at /openapi.json, without a token', async () => {
    const answer = await fetch(`${lab.urls[0] ?? ''}/openapi.json`);
    expect([answer.status, await answer.json()]).toEqual([200, openApi()]);
  });
});
