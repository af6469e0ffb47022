import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inDays } from '../../test/appointments-lab.ts';
import type { Answer } from '../../test/appointments-lab.ts';
import { scheduleOf, slotAt, visitOf } from '../../test/fhir.ts';
import { startFhirLab } from '../../test/fhir-lab.ts';
import type { FhirLab } from '../../test/fhir-lab.ts';

const AT_ONCE = 20;
const ONE_MADE = [...Array<number>(AT_ONCE - 1).fill(200), 201];

describe('a conditional create', () => {
  let fhir: FhirLab;
  beforeAll(async () => {
    fhir = await startFhirLab();
  }, 180_000);
  afterAll(() => fhir.lab.stop(), 60_000);

  const atOnce = (ask: (n: number) => Promise<Answer>): Promise<Answer[]> =>
    Promise.all(Array.from({ length: AT_ONCE }, (_, n) => ask(n)));

  function expectOne(answers: readonly Answer[]): string {
    expect(answers.map(({ status }) => status).sort()).toEqual(ONE_MADE);
    const ids = new Set(answers.map(({ body }) => String(body['id'])));
    expect(ids.size).toBe(1);
    return [...ids].join('');
  }

  const wanted = (): { identifier: object[]; headers: Record<string, string>; value: string } => {
    const value = randomUUID();
    return {
      value,
      identifier: [{ system: 'urn:app', value }],
      headers: { 'if-none-exist': `identifier=urn:app|${value}` },
    };
  };

  it('makes one appointment of twenty that ask at once for twenty times, in two instances', async () => {
    const { identifier, headers, value } = wanted();
    const answers = await atOnce((n) => {
      const slot = slotAt(fhir.scheduleId, inDays(11, 30 * n));
      return fhir.create(fhir.patient, visitOf(fhir.patient.sub, slot, { identifier }), { headers }, n);
    });
    const id = expectOne(answers);
    const booked = await fhir.lab.database
      .collection('appointments')
      .countDocuments({ 'identifiers.value': value });
    expect(booked).toBe(1);
    const cells = await fhir.lab.database.collection('cells').distinct('appointmentId', {
      patientId: fhir.patient.sub,
    });
    expect(cells).toEqual([id]);
  }, 30_000);

  it('makes one schedule of twenty at once', async () => {
    const { identifier, headers } = wanted();
    const body = { ...scheduleOf({ practitionerId: fhir.doctor.sub }), identifier };
    expectOne(
      await atOnce((n) => fhir.lab.call(n, 'POST /fhir/R4/Schedule', fhir.doctor, { body, headers })),
    );
  }, 30_000);
});
