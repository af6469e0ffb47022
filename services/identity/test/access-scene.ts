import { randomUUID } from 'node:crypto';
import { testSubject } from '@careplane/kit/testing';
import { until } from '@careplane/testing';
import { startAccessGround } from './access.ts';
import type { AccessGround } from './access.ts';
import { ask } from './persons.ts';
import type { FhirAnswer } from './persons.ts';

export const PRIVACY = {
  resourceType: 'Consent',
  status: 'active',
  scope: { coding: [{ code: 'patient-privacy' }] },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  policyRule: { coding: [{ code: 'OPTOUT' }] },
};

/** Of a booking: which appointment, the practitioner who made it, and when. */
export interface Booking {
  readonly appointmentId?: string;
  readonly by?: string;
  readonly at?: Date;
}

/** Patients and practitioners, whose ids are their tokens, before identity and another service. */
export interface AccessScene {
  readonly ground: AccessGround;
  readonly atIdentity: (
    token: string,
    line: string,
    options?: Parameters<typeof ask>[3],
  ) => Promise<FhirAnswer>;
  readonly atRecords: (token: string, line: string, headers?: Record<string, string>) => Promise<FhirAnswer>;
  readonly newPatient: (over?: Record<string, unknown>) => Promise<string>;
  readonly newPractitioner: () => string;
  /** A visit of tomorrow, by default booked by the front desk. */
  readonly book: (patientId: string, practitionerId: string, more?: Booking) => Promise<unknown>;
  /** A patient's Consent of their own. */
  readonly consent: (patient: string, over: Record<string, unknown>) => Promise<FhirAnswer>;
}

export const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();

export const actor = (reference: string): object => ({ role: { text: 'who' }, reference: { reference } });

export const status = async (answer: Promise<FhirAnswer>): Promise<number> => (await answer).status;

/** Waits until an answer has a status: facts are up to 50 ms old. */
export const becomes = (expected: number, asking: () => Promise<FhirAnswer>): Promise<unknown> =>
  until(async () => (await asking()).status === expected, { what: String(expected), everyMs: 10 });

export async function openAccessScene(): Promise<AccessScene> {
  const ground = await startAccessGround();
  const { subjects } = ground;
  const atIdentity: AccessScene['atIdentity'] = (token, line, options = {}) =>
    ask(ground.identity, token, line, options);
  return {
    ground,
    atIdentity,
    atRecords: (token, line, headers = {}) => ask(ground.records, token, line, { headers }),
    async newPatient(over = {}) {
      const resource = { resourceType: 'Patient', ...over };
      const { body } = await atIdentity('frontdesk', 'POST Patient', { body: resource });
      const id = body['id'] as string;
      subjects[id] = testSubject({ id: `account-${id}`, role: 'patient', person: { type: 'Patient', id } });
      return id;
    },
    newPractitioner() {
      const id = `doc-${randomUUID()}`;
      subjects[id] = testSubject({ id: `account-${id}`, person: { type: 'Practitioner', id } });
      return id;
    },
    book(patientId, practitionerId, { appointmentId = randomUUID(), by, at } = {}) {
      const times = { start: inHours(24), end: inHours(25) };
      const who = by === undefined ? ['frontdesk', 'desk'] : ['practitioner', by];
      const [bookedByRole = '', bookedBy = ''] = who;
      const visit = {
        appointmentId,
        patientId,
        practitionerId,
        scheduleId: 's',
        ...times,
        bookedByRole,
        bookedBy,
      };
      return ground.tell('appointment.booked', visit, randomUUID(), at);
    },
    consent: (patient, over) =>
      atIdentity(patient, 'POST Consent', {
        body: { ...PRIVACY, patient: { reference: `Patient/${patient}` }, ...over },
      }),
  };
}
