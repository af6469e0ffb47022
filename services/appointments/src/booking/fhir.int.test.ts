import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { insist } from '@careplane/kit/testing';
import { inDays } from '../../test/appointments-lab.ts';
import type { Answer, Caller } from '../../test/appointments-lab.ts';
import { entries, outcome, scheduleOf, slotAt, visitOf } from '../../test/fhir.ts';
import { BASE, startFhirLab } from '../../test/fhir-lab.ts';
import type { FhirLab } from '../../test/fhir-lab.ts';
import type { AppointmentRecord } from './records.ts';

let lab: FhirLab['lab'];
let doctor: FhirLab['doctor'];
let patient: FhirLab['patient'];
let frontDesk: FhirLab['frontDesk'];
let scheduleId: FhirLab['scheduleId'];
let open: FhirLab['open'];
let create: FhirLab['create'];
let book: FhirLab['book'];
let get: FhirLab['get'];
let cancel: FhirLab['cancel'];

beforeAll(async () => {
  ({ lab, doctor, patient, frontDesk, scheduleId, open, create, book, get, cancel } = await startFhirLab());
}, 180_000);

afterAll(async () => {
  await lab.stop();
}, 60_000);

describe('an appointment over FHIR', () => {
  it('is booked by creating it, keeps what was sent, and is read', async () => {
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
    expect(await lab.event('appointment.booked', id)).toMatchObject({
      data: { patientId: patient.sub, bookedByRole: 'patient', bookedBy: patient.sub },
    });
  });

  it('may name a schedule and a start instead of a slot, and staff may choose its length', async () => {
    const ask = (caller: Caller, minutes: number, end: number): Promise<Answer> => {
      const visit = { ...visitOf(patient.sub, ''), slot: undefined };
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
    const other = await open(
      await lab.caller('admin'),
      scheduleOf({ practitionerId: (await lab.caller('practitioner')).sub }),
    );
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
    const slots = (...minutes: number[]): Record<string, unknown> => ({
      slot: minutes.map((minute) => ({ reference: `Slot/${slotAt(scheduleId, inDays(7, minute))}` })),
    });
    for (const apart of [slots(600, 600), slots(600, 660)]) {
      expect(outcome(await create(frontDesk, visitOf(patient.sub, '', apart)))).toEqual([
        422,
        'processing',
        'slots-apart',
      ]);
    }
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
    const cancelled = await cancel(patient, first);
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

describe('privacy over FHIR', () => {
  it('leaves nothing of a body in the logs', () => {
    expect(lab.logs.text()).not.toContain('Cough');
    expect(lab.logs.text()).not.toContain('Come sober');
  });
});
