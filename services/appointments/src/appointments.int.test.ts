import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inDays, openDemoSchedule, startAppointmentsLab } from '../test/appointments-lab.ts';
import type { Answer, AppointmentsLab, Caller } from '../test/appointments-lab.ts';

let lab: AppointmentsLab;
let doctor: Caller;
let patient: Caller;
let admin: Caller;
let scheduleId: string;

beforeAll(async () => {
  lab = await startAppointmentsLab(1);
  [doctor, patient, admin] = [
    await lab.caller('practitioner'),
    await lab.caller('patient'),
    await lab.caller('admin'),
  ];
  scheduleId = await openDemoSchedule(lab, doctor);
}, 180_000);

afterAll(async () => {
  await lab.stop();
}, 60_000);

function book(caller: Caller, start: string, more: object = {}): Promise<Answer> {
  return lab.call(0, 'POST /v1/appointments', caller, {
    key: randomUUID(),
    body: { scheduleId, start, reasonCode: '185349003', ...more },
  });
}

const items = (answer: Answer): Record<string, unknown>[] =>
  answer.body['items'] as Record<string, unknown>[];

describe('an appointment', () => {
  it('is a FHIR Appointment, read back with the same fields and an ETag', async () => {
    const start = inDays(4, 600);
    const made = await book(patient, start, { minutes: 45 });
    expect(made.status).toBe(201);
    const read = await lab.call(0, `GET ${made.headers.get('location') ?? ''}`, patient);
    expect(read.headers.get('etag')).toBe('W/"1"');
    expect(read.body).toEqual(made.body);
    expect(read.body).toMatchObject({
      resourceType: 'Appointment',
      status: 'booked',
      start,
      end: inDays(4, 645),
      minutesDuration: 45,
      schedule: { reference: `Schedule/${scheduleId}` },
      reasonCode: [{ coding: [{ system: 'http://snomed.info/sct', code: '185349003' }] }],
      participant: [
        { actor: { reference: `Patient/${patient.sub}` }, status: 'accepted' },
        { actor: { reference: `Practitioner/${doctor.sub}` }, status: 'accepted' },
      ],
    });
  });

  it('is seen by its patient, its practitioner and the admin only; to others it is not there', async () => {
    const made = await book(patient, inDays(4, 0));
    const path = `GET /v1/appointments/${String(made.body['id'])}`;
    const seen = await Promise.all(
      [patient, doctor, admin, await lab.caller('patient'), await lab.caller('practitioner')].map((caller) =>
        lab.call(0, path, caller),
      ),
    );
    expect(seen.map((answer) => answer.status)).toEqual([200, 200, 200, 404, 404]);
  });

  it('is booked on behalf of a patient by the practitioner of the schedule and the admin only', async () => {
    const patientId = randomUUID();
    expect((await book(doctor, inDays(4, 60), { patientId })).status).toBe(201);
    expect((await book(admin, inDays(4, 90), { patientId })).status).toBe(201);
    expect((await book(await lab.caller('practitioner'), inDays(4, 120), { patientId })).status).toBe(403);
    expect((await book(admin, inDays(4, 120))).status).toBe(400);
  });

  it('is listed to its own people, the latest first, page by page without gap or repetition', async () => {
    const busy = await lab.caller('patient');
    const starts = [5, 7, 6, 9, 8].map((day) => inDays(day, 30));
    for (const start of starts) expect((await book(busy, start)).status).toBe(201);
    const seen: unknown[] = [];
    let cursor = '';
    do {
      const page = await lab.call(0, `GET /v1/appointments?limit=2${cursor}`, busy);
      seen.push(...items(page).map((item) => item['start']));
      cursor = typeof page.body['next'] === 'string' ? `&cursor=${page.body['next']}` : '';
    } while (cursor !== '');
    expect(seen).toEqual([...starts].sort().reverse());
    const other = await lab.call(0, `GET /v1/appointments?patient=${busy.sub}`, patient);
    expect(other.status).toBe(403);
    const all = await lab.call(0, `GET /v1/appointments?patient=${busy.sub}`, admin);
    expect(items(all)).toHaveLength(5);
  });
});

describe('cancelling', () => {
  it('needs the current version, frees the time at once, tells why, and may be repeated', async () => {
    const start = inDays(10, 600);
    const made = await book(patient, start);
    const path = `POST /v1/appointments/${String(made.body['id'])}/cancel`;
    const slots = `GET /v1/slots?schedule=${scheduleId}&from=${start}&to=${inDays(10, 630)}`;
    expect(items(await lab.call(0, slots, patient))).toEqual([]);
    expect((await lab.call(0, path, patient)).status).toBe(428);
    expect((await lab.call(0, path, patient, { ifMatch: 'W/"7"' })).status).toBe(412);
    expect((await lab.call(0, path, await lab.caller('patient'), { ifMatch: 'W/"1"' })).status).toBe(404);

    const cancelled = await lab.call(0, path, patient, { ifMatch: 'W/"1"' });
    const again = await lab.call(0, path, patient, { ifMatch: 'W/"1"' });
    expect([cancelled.status, again.status]).toEqual([200, 200]);
    expect(again.body).toEqual(cancelled.body);
    expect(cancelled.headers.get('etag')).toBe('W/"2"');
    expect(cancelled.body).toMatchObject({
      status: 'cancelled',
      cancelationReason: { coding: [{ code: 'pat' }] },
    });
    expect((await lab.call(0, path, patient, { ifMatch: 'W/"2"' })).status).toBe(412);
    expect(await lab.event('appointment.cancelled', made.body['id'])).toMatchObject({
      data: {
        appointmentId: made.body['id'],
        patientId: patient.sub,
        practitionerId: doctor.sub,
        start,
        reason: 'pat',
      },
    });
    expect(items(await lab.call(0, slots, patient))).toHaveLength(1);
    expect((await book(await lab.caller('patient'), start)).status).toBe(201);
  });
});

describe('slots', () => {
  it('are the free ones of the schedule, by practitioner too, page by page, and may be cached for seconds only', async () => {
    const other = await lab.caller('practitioner');
    const schedule = await openDemoSchedule(lab, other, 60);
    const taken = await lab.call(0, 'POST /v1/appointments', patient, {
      key: randomUUID(),
      body: { scheduleId: schedule, start: inDays(3, 120), minutes: 65 },
    });
    expect(taken.status).toBe(201);
    const span = `from=${inDays(3)}&to=${inDays(3, 360)}`;
    const whole = await lab.call(0, `GET /v1/slots?schedule=${schedule}&${span}`, patient);
    expect(whole.headers.get('cache-control')).toBe('private, max-age=2');
    expect(items(whole).map((slot) => slot['start'])).toEqual(
      [0, 60, 240, 300].map((minute) => inDays(3, minute)),
    );
    const first = await lab.call(0, `GET /v1/slots?practitioner=${other.sub}&${span}&limit=3`, patient);
    const rest = await lab.call(
      0,
      `GET /v1/slots?practitioner=${other.sub}&${span}&limit=3&cursor=${String(first.body['next'])}`,
      patient,
    );
    expect([...items(first), ...items(rest)]).toEqual(items(whole));
    expect(rest.body['next']).toBeUndefined();
  });
});

describe('schedules', () => {
  it('are opened by practitioners for themselves and by the admin, and listed by practitioner', async () => {
    const body = {
      practitionerId: doctor.sub,
      start: inDays(40),
      end: inDays(50),
      slotMinutes: 15,
      hours: { from: '08:00', to: '17:00', timeZone: 'America/New_York' },
    };
    const open = async (caller: Caller): Promise<number> =>
      (await lab.call(0, 'POST /v1/schedules', caller, { key: randomUUID(), body })).status;
    expect(await open(patient)).toBe(403);
    expect(await open(await lab.caller('practitioner'))).toBe(403);
    expect(await open(admin)).toBe(201);
    const list = await lab.call(0, `GET /v1/schedules?practitioner=${doctor.sub}`, patient);
    expect(items(list).map((item) => item['planningHorizon'])).toEqual([
      { start: inDays(40), end: inDays(50) },
      { start: inDays(0), end: inDays(30) },
    ]);
    expect(items(list)[0]).toMatchObject({ hours: body.hours, slotMinutes: 15 });
  });
});

describe('privacy', () => {
  it('leaves no patient id of a request in a URL label and nothing of a body in the logs', () => {
    const text = lab.logs.text();
    expect(text).toContain('/v1/appointments/:id');
    expect(text).not.toContain('185349003');
    expect(text).not.toContain(patient.token);
  });
});
