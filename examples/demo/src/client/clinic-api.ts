import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { DemoPatient, DemoPractitioner } from '../data/clinic-data.ts';
import type { Answer, Call, Connection } from './connection.ts';
import { accessToken, appointment, appointmentPage, created, problem } from './resources.ts';
import type { Appointment, AppointmentPage } from './resources.ts';

/** An answer of the gateway with which the demo cannot continue. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
  readonly status: number;

  constructor(call: Call, answer: Answer) {
    const { title, detail } = problem.safeParse(answer.body).data ?? {};
    super(`${call.method} ${call.path} is answered ${answer.status}${title ? ` (${detail ?? title})` : ''}`);
    this.status = answer.status;
  }
}

/** A logged-in user. */
export interface Session {
  readonly sub: string;
  readonly token: string;
}

/** A requested visit. */
export interface BookingWish {
  readonly scheduleId: string;
  /** RFC 3339. */
  readonly start: string;
  readonly minutes: number;
  readonly reasonCode?: string;
  /** The patient, when the admin or a practitioner books on a patient's behalf. */
  readonly patientId?: string;
}

/** The result of a request: an appointment, or the code of the refusal (`slot-taken`, `patient-busy`). */
export type BookingOutcome = { readonly booked: Appointment } | { readonly refused: string };

/** A schedule to open; times are RFC 3339. */
export interface ScheduleWish {
  readonly practitionerId: string;
  readonly start: string;
  readonly end: string;
  readonly slotMinutes: number;
  readonly hours: { readonly from: string; readonly to: string; readonly timeZone?: string };
}

/** The claims of a token, unverified: the demo needs only its own ID. */
function subjectOf(token: string): string {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
    sub: string;
  };
  return claims.sub;
}

/** The gateway's API, typed. Every method throws UnexpectedAnswer for a status it does not name. */
export class ClinicApi {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Registers a patient; returns the ID, or nothing when the e-mail address has an account already. */
  async registerPatient(
    patient: DemoPatient,
    login: { email: string; password: string },
  ): Promise<string | undefined> {
    const body = {
      resourceType: 'Patient',
      identifier: [{ system: 'https://github.com/synthetichealth/synthea', value: patient.sourceId }],
      name: [{ family: patient.family, given: [patient.given] }],
      birthDate: patient.birthDate,
      gender: patient.gender,
      telecom: [{ system: 'email', value: login.email }],
      password: login.password,
    };
    const call: Call = { method: 'POST', path: '/v1/patients', body, idempotencyKey: randomUUID() };
    const answer = await this.#connection.send(call);
    if (answer.status === 409) return undefined;
    return this.#read(call, answer, 201, created).id;
  }

  /** Logs in by e-mail address (or `admin`) and password. */
  async login(username: string, password: string): Promise<Session> {
    const call: Call = { method: 'POST', path: '/v1/tokens', body: { username, password }, repeatable: true };
    const token = this.#read(call, await this.#connection.send(call), 200, accessToken).access_token;
    return { sub: subjectOf(token), token };
  }

  /** Creates a practitioner, once per NPI; returns the ID. */
  async createPractitioner(admin: Session, practitioner: DemoPractitioner): Promise<string> {
    const body = {
      resourceType: 'Practitioner',
      identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: practitioner.npi }],
      name: [{ family: practitioner.family, given: [practitioner.given], prefix: ['Dr.'] }],
    };
    const call: Call = { method: 'POST', path: '/v1/practitioners', token: admin.token, body };
    const answer = await this.#connection.send({ ...call, idempotencyKey: randomUUID() });
    return this.#read(call, answer, answer.status === 200 ? 200 : 201, created).id;
  }

  /** Opens a schedule; returns the ID. */
  async openSchedule(by: Session, wish: ScheduleWish): Promise<string> {
    const call: Call = {
      method: 'POST',
      path: '/v1/schedules',
      token: by.token,
      body: wish,
      idempotencyKey: randomUUID(),
    };
    return this.#read(call, await this.#connection.send(call), 201, created).id;
  }

  /** Books a visit. */
  async book(by: Session, wish: BookingWish): Promise<BookingOutcome> {
    const call: Call = {
      method: 'POST',
      path: '/v1/appointments',
      token: by.token,
      body: wish,
      idempotencyKey: randomUUID(),
    };
    const answer = await this.#connection.send(call);
    if (answer.status === 409) return { refused: problem.parse(answer.body).code ?? 'conflict' };
    return { booked: this.#read(call, answer, 201, appointment) };
  }

  /** Reads an appointment and its ETag. */
  async appointment(
    by: Session,
    id: string,
  ): Promise<{ appointment: Appointment; etag: string | undefined }> {
    const call: Call = { method: 'GET', path: `/v1/appointments/${id}`, token: by.token };
    const answer = await this.#connection.send(call);
    return { appointment: this.#read(call, answer, 200, appointment), etag: answer.etag };
  }

  /** A page of the caller's appointments (all appointments for the admin), the latest start first. */
  async appointments(
    by: Session,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<AppointmentPage> {
    const cursor = page.cursor === undefined ? '' : `&cursor=${encodeURIComponent(page.cursor)}`;
    const call: Call = {
      method: 'GET',
      path: `/v1/appointments?limit=${page.limit}${cursor}`,
      token: by.token,
    };
    return this.#read(call, await this.#connection.send(call), 200, appointmentPage);
  }

  /** Cancels the version of an appointment that `etag` names. */
  async cancel(by: Session, id: string, etag: string): Promise<Appointment> {
    const path = `/v1/appointments/${id}/cancel`;
    const call: Call = { method: 'POST', path, token: by.token, body: {}, ifMatch: etag };
    return this.#read(call, await this.#connection.send(call), 200, appointment);
  }

  /** Queries the GraphQL endpoint. @throws UnexpectedAnswer, z.ZodError when `data` has another shape or is missing. */
  async graphql<S extends z.ZodType>(
    by: Session,
    question: { query: string; variables: object },
    data: S,
  ): Promise<z.infer<S>> {
    const call: Call = { method: 'POST', path: '/graphql', token: by.token, body: question };
    const answer = await this.#connection.send(call);
    if (answer.status !== 200) throw new UnexpectedAnswer(call, answer);
    const { data: found, errors } = answer.body as { data?: unknown; errors?: { message: string }[] };
    if (errors !== undefined) throw new Error(`GraphQL: ${errors.map((error) => error.message).join('; ')}`);
    return data.parse(found);
  }

  #read<S extends z.ZodType>(call: Call, answer: Answer, status: number, schema: S): z.infer<S> {
    if (answer.status !== status) throw new UnexpectedAnswer(call, answer);
    return schema.parse(answer.body);
  }
}
