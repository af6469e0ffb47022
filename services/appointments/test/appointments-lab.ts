import { randomUUID } from 'node:crypto';
import { startService } from '@careplane/kit';
import type { CloudEvent, EventType, Role, RunningService } from '@careplane/kit';
import {
  createLogSink,
  createTestBindings,
  declareTopology,
  mongodbEntries,
  rabbitmqEntries,
  startTestIdentity,
  startTestIssuer,
} from '@careplane/kit/testing';
import type { LogSink, TestIssuer } from '@careplane/kit/testing';
import { startMongod, startRabbit, until } from '@careplane/testing';
import type { RunningMongod, RunningRabbit } from '@careplane/testing';
import { MongoClient } from 'mongodb';
import type { Db } from 'mongodb';
import { appointments } from '../src/service.ts';
import type { Answer } from './answer.ts';
import { scheduleOf, slotAt, visitOf } from './fhir.ts';

/** A caller of the API under test. */
export interface Caller {
  readonly sub: string;
  readonly token: string;
}

/** What a request may carry beside its body. */
export interface Extras {
  readonly body?: unknown;
  readonly key?: string;
  readonly ifMatch?: string;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Appointments in several instances on a real replica set and broker, and a queue that hears all its events. */
export interface AppointmentsLab {
  readonly urls: readonly string[];
  readonly adminUrls: readonly string[];
  readonly mongod: RunningMongod;
  readonly rabbit: RunningRabbit;
  readonly database: Db;
  readonly logs: LogSink;
  /** The environment of an instance, for one that a test starts itself. */
  readonly env: NodeJS.ProcessEnv;
  /** Somebody new; the token lasts a quarter of an hour, or as long as said. */
  caller(role: Role, expiresIn?: string): Promise<Caller>;
  /** The ids of whom identity knows; callers are among them. */
  readonly persons: Set<string>;
  /** What identity knows of the callers' relations, by `<role>/<id>`. */
  readonly facts: TestIssuer['facts'];
  /** Sends a request to the n-th instance (modulo their number). */
  call(instance: number, request: string, caller: Caller, extras?: Extras): Promise<Answer>;
  /** Waits until this many further events have come, takes them out of the queue and gives them. */
  events(count: number): Promise<CloudEvent[]>;
  /** Waits for the event of this type about the appointment; takes out, and drops, what comes before it. */
  event(type: EventType, appointmentId: unknown): Promise<CloudEvent>;
  /** Takes out what is in the queue now. */
  takeEvents(): Promise<CloudEvent[]>;
  stop(): Promise<void>;
}

const LISTENER = 'listener';

/** Takes out what is in a queue now. */
export async function takeMessages(rabbit: RunningRabbit, queue = LISTENER): Promise<CloudEvent[]> {
  const answer = await fetch(`${rabbit.managementUrl}/api/queues/%2F/${queue}/get`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${rabbit.username}:${rabbit.password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ count: 1000, ackmode: 'ack_requeue_false', encoding: 'auto' }),
  });
  if (!answer.ok) throw new Error(`the broker answered ${answer.status}`);
  const messages = (await answer.json()) as { payload: string }[];
  return messages.map((message) => JSON.parse(message.payload) as CloudEvent);
}

async function send(url: string, request: string, caller: Caller, extras: Extras): Promise<Answer> {
  const [method = 'GET', path = '/'] = request.split(' ');
  const hasBody = method === 'POST' || method === 'PUT';
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${caller.token}`,
      ...(hasBody && { 'content-type': 'application/json' }),
      ...extras.headers,
      ...(extras.key !== undefined && { 'idempotency-key': extras.key }),
      ...(extras.ifMatch !== undefined && { 'if-match': extras.ifMatch }),
    },
    ...(hasBody && { body: JSON.stringify(extras.body ?? {}) }),
  });
  return {
    status: answer.status,
    headers: answer.headers,
    body: (await answer.json()) as Record<string, unknown>,
  };
}

/** Starts everything; `instances` of the service share the database and the broker. */
export async function startAppointmentsLab(
  instances: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<AppointmentsLab> {
  const [mongod, rabbit, issuer] = await Promise.all([startMongod(), startRabbit(), startTestIssuer()]);
  const identity = await startTestIdentity(issuer);
  await declareTopology(rabbit.uri, {
    service: LISTENER,
    consumes: ['appointment.booked', 'appointment.cancelled'],
  });
  await declareTopology(rabbit.uri, { service: 'appointments', consumes: ['patient.erased'] });
  const bindings = createTestBindings();
  bindings.write('db', mongodbEntries(mongod, 'appointments'));
  bindings.write('broker', rabbitmqEntries(rabbit));
  const env = {
    PORT: '0',
    ADMIN_PORT: '0',
    SHUTDOWN_DELAY_MS: '0',
    SERVICE_BINDING_ROOT: bindings.root,
    CALLS_IDENTITY_URL: identity.url,
    ...settings,
  };
  const logs = createLogSink();
  const running: RunningService[] = [];
  for (let n = 0; n < instances; n += 1) {
    running.push(
      await startService(appointments, {
        env: { ...env, POD_NAME: `appointments-${n}` },
        logStream: logs.stream,
      }),
    );
  }
  const urls = running.map((service) => service.url ?? '');
  const client = await new MongoClient(mongod.uri).connect();
  return {
    urls,
    adminUrls: running.map((service) => service.adminUrl),
    mongod,
    rabbit,
    database: client.db('appointments'),
    logs,
    env,
    async caller(role, expiresIn): Promise<Caller> {
      const sub = randomUUID();
      identity.persons.add(sub);
      return {
        sub,
        token: await issuer.userToken({ sub, role, ...(expiresIn !== undefined && { expiresIn }) }),
      };
    },
    persons: identity.persons,
    facts: issuer.facts,
    call: (instance, request, caller, extras = {}) =>
      send(urls[instance % urls.length] ?? '', request, caller, extras),
    async events(count): Promise<CloudEvent[]> {
      const taken: CloudEvent[] = [];
      await until(
        async () => {
          taken.push(...(await takeMessages(rabbit)));
          return taken.length >= count;
        },
        { what: `${count} events` },
      );
      return taken;
    },
    event: (type, appointmentId) =>
      until(
        async () =>
          (await takeMessages(rabbit)).find(
            (event) => event.type === type && event.subject === appointmentId,
          ),
        { what: `the event ${type}` },
      ),
    takeEvents: () => takeMessages(rabbit),
    async stop(): Promise<void> {
      await Promise.all(running.map((service) => service.stop()));
      await client.close();
      await Promise.all([mongod.stop(), rabbit.stop(), issuer.stop(), identity.stop()]);
      bindings.remove();
    },
  };
}

/** Opens a schedule of the practitioner that is open around the clock for the next month; gives its id. */
export async function openDemoSchedule(
  lab: AppointmentsLab,
  practitioner: Caller,
  slotMinutes = 30,
): Promise<string> {
  const body = scheduleOf({ practitionerId: practitioner.sub, slotMinutes });
  const answer = await lab.call(0, 'POST /fhir/R4/Schedule', practitioner, { body });
  if (answer.status !== 201) throw new Error(`no schedule: ${answer.status} ${JSON.stringify(answer.body)}`);
  return String(answer.body['id']);
}

/** Books a slot of a schedule for the caller. */
export function bookSlot(
  lab: AppointmentsLab,
  caller: Caller,
  { scheduleId, start }: { readonly scheduleId: string; readonly start: string },
  { instance = 0, key = randomUUID() }: { readonly instance?: number; readonly key?: string } = {},
): Promise<Answer> {
  const body = visitOf(caller.sub, slotAt(scheduleId, start));
  return lab.call(instance, 'POST /fhir/R4/Appointment', caller, { key, body });
}

export type { Answer } from './answer.ts';
export { inDays } from './times.ts';
