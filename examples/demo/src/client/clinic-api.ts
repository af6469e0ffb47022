import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { DemoPatient, DemoPractitioner } from '../data/clinic-data.ts';
import type { Session } from '../login/session.ts';
import type { Call, Connection } from './connection.ts';
import { FhirClient, parsed, refusalOf, UnexpectedAnswer } from './fhir-client.ts';
import type { ResourcePage } from './fhir-client.ts';
import { appointment, created, searchset } from './resources.ts';
import type { Appointment } from './resources.ts';
import { scheduleBody } from './schedule.ts';
import type { ScheduleWish } from './schedule.ts';

/** A requested visit. */
export interface BookingWish {
  readonly scheduleId: string;
  readonly practitionerId: string;
  readonly patientId: string;
  /** RFC 3339. */
  readonly start: string;
  readonly minutes: number;
  readonly reasonCode?: string;
}

/** The result of a request: an appointment, or the code of the refusal (`slot-taken`, `patient-busy`). */
export type BookingOutcome = { readonly booked: Appointment } | { readonly refused: string };

const SYNTHEA = 'https://github.com/synthetichealth/synthea';
const NPI = 'http://hl7.org/fhir/sid/us-npi';
const SNOMED = 'http://snomed.info/sct';

const EPOCH_MINUTE_MS = 60_000;

/** The clinic's FHIR and GraphQL endpoints, typed. Every method throws UnexpectedAnswer for a status it does not name. */
export class ClinicApi {
  readonly fhir: FhirClient;
  readonly #connection: Pick<Connection, 'send'>;

  constructor(connection: Pick<Connection, 'send'>) {
    this.#connection = connection;
    this.fhir = new FhirClient(connection);
  }

  /** Creates a patient, once per source ID; says whether they are new to the clinic. */
  createPatient(by: Session, patient: DemoPatient): Promise<{ id: string; isNew: boolean }> {
    return this.#createOnce(by, 'Patient', {
      identifier: [{ system: SYNTHEA, value: patient.sourceId }],
      name: [{ family: patient.family, given: [patient.given] }],
      birthDate: patient.birthDate,
      gender: patient.gender,
      ...(patient.deceased !== undefined && { deceasedDateTime: patient.deceased }),
      ...(patient.email !== undefined && { telecom: [{ system: 'email', value: patient.email }] }),
    });
  }

  /** Creates a practitioner, once per NPI; returns the ID. */
  async createPractitioner(by: Session, practitioner: DemoPractitioner): Promise<string> {
    const { id } = await this.#createOnce(by, 'Practitioner', {
      identifier: [{ system: NPI, value: practitioner.npi }],
      name: [{ family: practitioner.family, given: [practitioner.given], prefix: ['Dr.'] }],
    });
    return id;
  }

  /** Opens a schedule; returns the ID. */
  async openSchedule(by: Session, wish: ScheduleWish): Promise<string> {
    return (await this.#create(by, 'Schedule', scheduleBody(wish))).id;
  }

  /** Books a visit. */
  async book(by: Session, wish: BookingWish): Promise<BookingOutcome> {
    const start = Date.parse(wish.start);
    const body = {
      resourceType: 'Appointment',
      status: 'booked',
      start: new Date(start).toISOString(),
      end: new Date(start + wish.minutes * EPOCH_MINUTE_MS).toISOString(),
      supportingInformation: [{ reference: `Schedule/${wish.scheduleId}` }],
      participant: [
        { actor: { reference: `Patient/${wish.patientId}` }, status: 'accepted' },
        { actor: { reference: `Practitioner/${wish.practitionerId}` }, status: 'accepted' },
      ],
      ...(wish.reasonCode !== undefined && {
        reasonCode: [{ coding: [{ system: SNOMED, code: wish.reasonCode }] }],
      }),
    };
    const call: Call = { method: 'POST', path: 'Appointment', body, idempotencyKey: randomUUID() };
    const answer = await this.fhir.send(by, call);
    if (answer.status === 409) return { refused: refusalOf(answer.body) };
    return { booked: parsed(call, answer, { status: [201], schema: appointment }) };
  }

  /** Reads an appointment and its ETag. */
  async appointment(
    by: Session,
    id: string,
  ): Promise<{ appointment: Appointment; etag: string | undefined }> {
    const { resource, etag } = await this.fhir.read(by, `Appointment/${id}`, appointment);
    return { appointment: resource, etag };
  }

  /** A page of the appointments that the caller may see, the latest start first. `next`: of the page before. */
  appointments(
    by: Session,
    page: { count: number; next?: string | undefined },
  ): Promise<ResourcePage<Appointment>> {
    const first = `Appointment?_sort=-date&_count=${page.count}`;
    return this.fhir.search(by, page.next ?? first, appointment);
  }

  /** The number of appointments, booked or cancelled, that the caller may see. */
  async countAppointments(by: Session): Promise<number> {
    const call: Call = { method: 'GET', path: 'Appointment?_summary=count' };
    const { total } = parsed(call, await this.fhir.send(by, call), { status: [200], schema: searchset });
    if (total === undefined) throw new Error('a Bundle of _summary=count has no total');
    return total;
  }

  /** Cancels the version of an appointment that `etag` names. */
  async cancel(by: Session, id: string, etag: string): Promise<Appointment> {
    const path = `Appointment/${id}`;
    const { body } = await this.fhir.send(by, { method: 'GET', path });
    const cancelled = { ...(body as object), status: 'cancelled' };
    const call: Call = { method: 'PUT', path, body: cancelled, ifMatch: etag };
    return parsed(call, await this.fhir.send(by, call), { status: [200], schema: appointment });
  }

  /** Queries the GraphQL endpoint. @throws UnexpectedAnswer, z.ZodError when `data` has another shape or is missing. */
  async graphql<S extends z.ZodType>(
    by: Session,
    question: { query: string; variables: object },
    data: S,
  ): Promise<z.infer<S>> {
    const token = await by.token();
    const call: Call = { method: 'POST', path: '/graphql', token, body: question, repeatable: true };
    const answer = await this.#connection.send(call);
    if (answer.status !== 200) throw new UnexpectedAnswer(call, answer);
    const { data: found, errors } = answer.body as { data?: unknown; errors?: { message: string }[] };
    if (errors !== undefined) throw new Error(`GraphQL: ${errors.map((error) => error.message).join('; ')}`);
    return data.parse(found);
  }

  async #create(by: Session, resourceType: string, elements: object): Promise<{ id: string }> {
    const body = { resourceType, ...elements };
    const call: Call = { method: 'POST', path: resourceType, body, idempotencyKey: randomUUID() };
    return parsed(call, await this.fhir.send(by, call), { status: [201], schema: created });
  }

  /** A conditional create by the first identifier: a second one of the same finds the first. */
  async #createOnce(
    by: Session,
    resourceType: string,
    elements: { identifier: readonly { system: string; value: string }[]; [element: string]: unknown },
  ): Promise<{ id: string; isNew: boolean }> {
    const [identifier] = elements.identifier;
    const ifNoneExist = `identifier=${encodeURIComponent(`${identifier?.system ?? ''}|${identifier?.value ?? ''}`)}`;
    const call: Call = {
      method: 'POST',
      path: resourceType,
      body: { resourceType, ...elements },
      ifNoneExist,
    };
    const answer = await this.fhir.send(by, call);
    const { id } = parsed(call, answer, { status: [200, 201], schema: created });
    return { id, isNew: answer.status === 201 };
  }
}
