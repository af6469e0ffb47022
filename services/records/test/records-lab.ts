import { randomBytes, randomUUID } from 'node:crypto';
import { startService } from '@careplane/kit';
import type { RunningService } from '@careplane/kit';
import type { Facts, Role } from '@careplane/access';
import {
  askFhir,
  createLogSink,
  createTestBindings,
  declareTopology,
  mongodbEntries,
  rabbitmqEntries,
  spawnService,
  startTestIdentity,
  startTestIssuer,
} from '@careplane/kit/testing';
import type {
  FhirAnswer,
  FhirQuestion,
  LogSink,
  SpawnedService,
  TestAccessToken,
  TestIdentity,
} from '@careplane/kit/testing';
import { startMongod, startRabbit } from '@careplane/testing';
import type { RunningMongod, RunningRabbit } from '@careplane/testing';
import { MongoClient } from 'mongodb';
import type { Db } from 'mongodb';
import { records } from '../src/service.ts';

/** Somebody who calls the service. */
export interface Caller {
  readonly id: string;
  readonly token: string;
}

export type Answer = FhirAnswer<Body>;

export interface Body {
  readonly id?: string;
  readonly entry?: readonly {
    readonly resource?: Body;
    readonly response?: { readonly status: string; readonly location?: string; readonly outcome?: Body };
  }[];
  readonly issue?: readonly {
    readonly code: string;
    readonly expression?: readonly string[];
    readonly details?: { readonly coding?: readonly { readonly code: string }[] };
  }[];
  readonly [element: string]: unknown;
}

/** Records on a real MongoDB, beside an identity that tells who is there and who may see what. */
export interface RecordsLab {
  readonly mongod: RunningMongod;
  readonly rabbit: RunningRabbit;
  readonly identity: TestIdentity;
  readonly database: Db;
  readonly logs: LogSink;
  /** Somebody new, by default with an id of no meaning; a patient is known to identity. */
  caller(role: Role, facts?: Partial<Facts>, id?: string): Promise<Caller>;
  /** A token as identity gives it. */
  token(token: TestAccessToken): Promise<string>;
  /** Identity tells other facts of an app, or of a person of this role, from now on. */
  tell(caller: Caller, facts: Partial<Facts>, role?: Exclude<Role, 'app'>): void;
  /** A patient without an account. */
  patient(): string;
  /** `GET Patient/1` below the FHIR base, as a caller. */
  ask(request: string, caller: Caller, more?: FhirQuestion): Promise<Answer>;
  /** The same of another replica. */
  at(url: string): Pick<RecordsLab, 'ask' | 'url'>;
  /**
   * Ends the service and starts it anew, with other keys in its Secret.
   * @throws what it does not start with
   */
  restart(keys: (former: Keys) => Readonly<Record<string, string>>): Promise<void>;
  /** Ends the service; `restart` starts it again. */
  end(): Promise<void>;
  /** Another replica, as a process of its own, with these settings beside the lab's, and flags of Node. */
  spawn(settings: Readonly<Record<string, string>>, flags?: readonly string[]): Promise<SpawnedService>;
  /** Where the service is now. */
  url(): string;
  stop(): Promise<void>;
}

/** The keys that the service has at first. */
export interface Keys {
  readonly keyEncryptionKey: string;
  readonly lookupKey: string;
}

export const newKey = (): string => randomBytes(32).toString('base64');

export async function startRecordsLab(settings: Readonly<Record<string, string>> = {}): Promise<RecordsLab> {
  const [mongod, rabbit, issuer] = await Promise.all([startMongod(), startRabbit(), startTestIssuer()]);
  const identity = await startTestIdentity(issuer);
  await declareTopology(rabbit.uri, { service: 'records', consumes: ['patient.erased'] });
  const bindings = createTestBindings();
  bindings.write('db', mongodbEntries(mongod, 'records'));
  bindings.write('broker', rabbitmqEntries(rabbit));
  const keys = { keyEncryptionKey: newKey(), lookupKey: newKey() };
  bindings.write('records-keys', { type: 'secret', ...keys });
  const logs = createLogSink();
  const env = {
    PORT: '0',
    ADMIN_PORT: '0',
    SHUTDOWN_DELAY_MS: '0',
    SERVICE_BINDING_ROOT: bindings.root,
    CALLS_IDENTITY_URL: identity.url,
    AUDIT_TRAIL: 'Required',
    ...settings,
  };
  const start = (): Promise<RunningService> => startService(records, { env, logStream: logs.stream });
  let running = await start();
  const url = (): string => running.url ?? '';
  const client = await new MongoClient(mongod.uri).connect();
  return {
    mongod,
    rabbit,
    identity,
    database: client.db('records'),
    logs,
    async caller(role, facts, id = randomUUID()): Promise<Caller> {
      if (role === 'patient') identity.persons.add(id);
      if (facts) issuer.facts.set(`${role}/${role === 'app' ? `app-${id}` : id}`, facts);
      const token = await (role === 'app'
        ? issuer.accessToken({ role, sub: `app-${id}`, client: `app-${id}` })
        : issuer.userToken({ sub: id, role }));
      return { id, token };
    },
    token: (token) => issuer.accessToken(token),
    tell({ id }, facts, role): void {
      issuer.facts.set(role === undefined ? `app/app-${id}` : `${role}/${id}`, facts);
    },
    patient(): string {
      const id = randomUUID();
      identity.persons.add(id);
      return id;
    },
    ask: (request, { token }, more) => askFhir(url(), token, request.replace(/ \/$/, ''), more),
    at: (other) => ({
      url: () => other,
      ask: (request, { token }, more) => askFhir(other, token, request.replace(/ \/$/, ''), more),
    }),
    async end(): Promise<void> {
      await running.stop();
    },
    spawn: (more, flags) =>
      spawnService(
        new URL('../src/main.ts', import.meta.url),
        { ...env, CAREPLANE_SERVICE: 'records', ...more },
        flags,
      ),
    async restart(next): Promise<void> {
      await running.stop();
      const none = { keyEncryptionKeyPrevious: '', lookupKeyPrevious: '' };
      bindings.write('records-keys', { type: 'secret', ...keys, ...none, ...next(keys) });
      running = await start();
    },
    url,
    async stop(): Promise<void> {
      await running.stop();
      await client.close();
      await Promise.all([mongod.stop(), rabbit.stop(), identity.stop(), issuer.stop()]);
      bindings.remove();
    },
  };
}

/** The facts of somebody who treats these patients. */
export function treating(...patients: readonly string[]): Partial<Facts> {
  return { treats: patients.map((patient) => ({ patient, until: '2999-01-01T00:00:00Z' })) };
}

/** The resources of a Bundle. */
export function resourcesOf({ body }: Answer): readonly Body[] {
  return (body.entry ?? []).flatMap(({ resource }) => (resource ? [resource] : []));
}
