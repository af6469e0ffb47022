import { randomBytes, randomUUID } from 'node:crypto';
import {
  connectAmqp,
  connectMongo,
  createAuditTrail,
  createOutbox,
  defineService,
  startService,
  throughOutbox,
} from '@careplane/kit';
import type { Access, AuditTrail, Role, RunningService } from '@careplane/kit';
import {
  createLogSink,
  createTestBindings,
  declareTopology,
  mongodbEntries,
  rabbitmqEntries,
  startTestIdentity,
  startTestIssuer,
} from '@careplane/kit/testing';
import type { LogSink, TestIdentity, TestIssuer } from '@careplane/kit/testing';
import { startMongod, startRabbit, until } from '@careplane/testing';
import type { RunningMongod, RunningRabbit } from '@careplane/testing';
import { MongoClient } from 'mongodb';
import type { Db } from 'mongodb';
import { z } from 'zod';
import { audit } from '../src/service.ts';
import { insertOnlyUser } from './insert-only-user.ts';

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> & {
    readonly entry?: readonly { readonly resource: AnsweredEvent }[];
  };
}

export interface AnsweredEvent {
  readonly id: string;
  readonly resourceType: string;
  readonly [element: string]: unknown;
}

/** The audit service on a real MongoDB and broker, as the user that the operator makes for it, and another service that records accesses. */
export interface AuditLab {
  readonly mongod: RunningMongod;
  readonly rabbit: RunningRabbit;
  readonly database: Db;
  /** The address of the database for the service's own user. */
  readonly serviceUri: string;
  /** Of the first replica. */
  readonly url: string;
  /** What the first replica tells Prometheus. */
  metrics(): Promise<string>;
  readonly issuer: TestIssuer;
  readonly log: LogSink;
  /** Whom identity knows as erased. */
  readonly erased: TestIdentity['erased'];
  /** The environment of a replica, for one that a test starts itself. */
  readonly env: NodeJS.ProcessEnv;
  /** The trail of a service `records`, over its outbox. */
  readonly trail: AuditTrail;
  /** The first replica. */
  readonly replica: RunningService;
  start(): Promise<RunningService>;
  /** Asks the first replica. `who`: a role, and the id of its person. */
  ask(path: string, who: readonly [Role, string], init?: RequestInit): Promise<Answer>;
  /** The AuditEvents that a search finds, for compliance unless somebody else asks. */
  found(query: string, who?: readonly [Role, string]): Promise<AnsweredEvent[]>;
  /** Waits until that many are found that the service `records` has recorded. */
  arrived(query: string, count: number): Promise<AnsweredEvent[]>;
  stop(): Promise<void>;
}

/** An access as records would say it. */
export function accessOf(parts: Partial<Access> = {}): Access {
  return {
    action: 'read',
    outcome: 'granted',
    agent: {
      role: 'practitioner',
      account: 'account-of-d1',
      client: 'app-1',
      person: { type: 'Practitioner', id: 'd1' },
    },
    purpose: 'TREAT',
    entities: [{ type: 'Observation', id: randomUUID(), version: '1' }],
    ...parts,
  };
}

export async function startAuditLab(): Promise<AuditLab> {
  const [mongod, rabbit, issuer] = await Promise.all([
    startMongod({ auth: true }),
    startRabbit(),
    startTestIssuer(),
  ]);
  const serviceUri = await insertOnlyUser(mongod.uri, 'audit', ['data_keys']);
  await declareTopology(rabbit.uri, { service: 'audit', consumes: ['audit.recorded', 'patient.erased'] });
  const identity = await startTestIdentity(issuer);
  const [bindings, others] = [createTestBindings(), createTestBindings()];
  bindings.write('db', mongodbEntries({ ...mongod, uri: serviceUri }, 'audit'));
  bindings.write('broker', rabbitmqEntries(rabbit));
  const secret = (): string => randomBytes(32).toString('base64');
  const [keyEncryptionKey, lookupKey, signingSeed] = [secret(), secret(), secret()];
  bindings.write('audit-keys', { type: 'secret', keyEncryptionKey, lookupKey, signingSeed });
  others.write('db', mongodbEntries(mongod, 'records'));
  others.write('broker', rabbitmqEntries(rabbit));
  const common = { PORT: '0', ADMIN_PORT: '0', SHUTDOWN_DELAY_MS: '0' };
  const env = {
    ...common,
    SERVICE_BINDING_ROOT: bindings.root,
    CALLS_IDENTITY_URL: identity.url,
    CHECK_MS: '100',
    CHECK_BUNDLE_MS: '1',
  };
  const log = createLogSink();
  const running: RunningService[] = [];
  const start = async (): Promise<RunningService> => {
    const replica = await startService(audit, {
      env: { ...env, POD_NAME: `audit-${String(running.length)}` },
      logStream: log.stream,
    });
    running.push(replica);
    return replica;
  };
  let trail: AuditTrail | undefined;
  const records = await startService(
    defineService({
      name: 'records',
      config: z.object({}),
      async start(ctx) {
        const mongo = await connectMongo(ctx);
        trail = createAuditTrail(
          ctx,
          throughOutbox(await createOutbox(ctx, { mongo, amqp: connectAmqp(ctx) })),
        );
        return {};
      },
    }),
    { env: { ...common, SERVICE_BINDING_ROOT: others.root }, logStream: log.stream },
  );
  if (!trail) throw new Error('started');
  const replica = await start();
  const client = await new MongoClient(mongod.uri).connect();
  const lab: AuditLab = {
    mongod,
    rabbit,
    database: client.db('audit'),
    serviceUri,
    get url(): string {
      return running[0]?.url ?? '';
    },
    issuer,
    metrics: async () => (await fetch(`${running[0]?.adminUrl ?? ''}/metrics`)).text(),
    log,
    erased: identity.erased,
    env,
    trail,
    replica,
    start,
    async ask(path, [role, sub], init = {}): Promise<Answer> {
      const token = await issuer.userToken({ sub, role });
      const headers = new Headers(init.headers);
      headers.set('authorization', `Bearer ${token}`);
      if (!headers.has('content-type')) headers.set('content-type', 'application/fhir+json');
      const response = await fetch(`${running[0]?.url ?? ''}${path}`, { ...init, headers });
      const text = await response.text();
      const isJson = text !== '' && /[/+]json/.test(response.headers.get('content-type') ?? '');
      return { status: response.status, body: (isJson ? JSON.parse(text) : {}) as Answer['body'] };
    },
    async found(query, who = ['compliance', 'officer']) {
      const { status, body } = await lab.ask(`/fhir/R4/AuditEvent?${query}`, who);
      if (status !== 200) throw new Error(`${query} is answered by ${String(status)}`);
      return (body.entry ?? []).map(({ resource }) => resource);
    },
    arrived: (query, count) =>
      until(
        async () => {
          const events = await lab.found(`${query}&site=records`);
          return events.length >= count ? events : undefined;
        },
        { what: `${String(count)} events for ${query}` },
      ),
    async stop(): Promise<void> {
      await Promise.all([records, ...running].map((one) => one.stop()));
      await client.close();
      await Promise.all([mongod.stop(), rabbit.stop(), identity.stop(), issuer.stop()]);
      bindings.remove();
      others.remove();
    },
  };
  return lab;
}
