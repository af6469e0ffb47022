import { appointments } from '@careplane/appointments';
import { audit } from '@careplane/audit';
import { gateway } from '@careplane/gateway';
import { identity } from '@careplane/identity';
import { startService } from '@careplane/kit';
import type { RunningService, ServiceDefinition } from '@careplane/kit';
import {
  createLogSink,
  createTestBindings,
  createTestIdentities,
  declareTopology,
  mongodbEntries,
  rabbitmqEntries,
  redisEntries,
} from '@careplane/kit/testing';
import type { LogSink } from '@careplane/kit/testing';
import { mailSink } from '@careplane/mail-sink';
import { notifications } from '@careplane/notifications';
import { records } from '@careplane/records';
import { freePort, startMongod, startRabbit, startRedis } from '@careplane/testing';
import type { Cluster } from '../src/cluster/kubectl-proxy.ts';

/** A whole clinic on this machine without Kubernetes: every service, with a real database, broker and cache. */
export interface LocalClinic {
  /** The first gateway, whose address is the clinic's. */
  readonly url: string;
  /** All replicas of the gateway. */
  readonly gateways: readonly string[];
  /** Answers the demo's requests to a cluster, about these services. */
  readonly cluster: Cluster;
  readonly logs: LogSink;
  /** Authority of the gateway's certificate, PEM. */
  readonly ca: string;
  readonly mailUrl: string;
  stop(): Promise<void>;
}

const ADMIN_CLIENT_SECRET = 'local-clinic-admin-client-secret-of-enough-length';
/** Who calls which port of whom. */
const CALLERS = {
  identity: { http: ['notifications', 'appointments', 'records', 'gateway', 'audit'] },
  audit: { http: ['identity', 'gateway'] },
  appointments: { http: ['gateway'] },
  records: { http: ['gateway'] },
  notifications: {},
  gateway: {},
  'mail-sink': { smtp: ['notifications'] },
} as const;
/** What the operator would generate. */
const SECRETS = {
  identity: {
    adminPassword: 'local-clinic-admin-password',
    adminClientSecret: ADMIN_CLIENT_SECRET,
    keyEncryptionKey: 'local-clinic-key-encryption-key-of-enough-length',
    lookupKey: 'local-clinic-lookup-key-of-enough-length',
  },
  records: {
    keyEncryptionKey: 'local-clinic-key-of-records-of-enough-length',
    lookupKey: 'local-clinic-lookup-of-records-of-enough-length',
  },
  audit: {
    keyEncryptionKey: 'local-clinic-key-of-audit-of-enough-length',
    lookupKey: 'local-clinic-lookup-of-audit-of-enough-length',
    signingSeed: 'local-clinic-signing-seed-of-audit-of-enough-length',
  },
} as const;
const CONSUMED = {
  audit: ['audit.recorded', 'patient.erased'],
  notifications: [
    'access.emergency',
    'account.message',
    'appointment.booked',
    'appointment.cancelled',
    'patient.erased',
    'patient.registered',
  ],
  identity: ['appointment.booked', 'appointment.cancelled', 'patient.erasure.done'],
  appointments: ['patient.erased'],
  records: ['patient.erased'],
} as const;
/** What the gateway forwards to whom, as in examples/clinic/20-services.yaml. */
const PATHS = {
  identity: [
    ...[
      'Patient',
      'RelatedPerson',
      'Practitioner',
      'PractitionerRole',
      'Organization',
      'Location',
      'Consent',
      'CareTeam',
    ].map((type) => `/fhir/R4/${type}`),
    '/oauth2',
    '/login',
    '/account',
    '/admin',
    '/public-keys',
    '/.well-known',
  ],
  audit: ['/fhir/R4/AuditEvent', '/audit-log'],
  schedules: ['/fhir/R4/Schedule', '/fhir/R4/Slot'],
  appointments: ['/fhir/R4/Appointment'],
  records: [
    '/fhir/R4',
    '/fhir/R4/Patient/$export',
    ...[
      'AllergyIntolerance',
      'CarePlan',
      'Condition',
      'DiagnosticReport',
      'DocumentReference',
      'Encounter',
      'Immunization',
      'MedicationRequest',
      'Observation',
      'Procedure',
    ].map((type) => `/fhir/R4/${type}`),
    '/sealed-documents',
    '/uploads',
  ],
};

/** Starts services one after another with their dependencies, and records them for the shutdown. */
class Starter {
  readonly running = new Map<string, RunningService>();
  readonly logs = createLogSink();
  readonly #base: Readonly<Record<string, string>>;

  constructor(base: Readonly<Record<string, string>>) {
    this.#base = base;
  }

  async start(pod: string, definition: ServiceDefinition, more: NodeJS.ProcessEnv): Promise<RunningService> {
    const service = await startService(definition, {
      env: { ADMIN_PORT: '0', SHUTDOWN_DELAY_MS: '0', POD_NAME: pod, ...this.#base, ...more },
      logStream: this.logs.stream,
    });
    this.running.set(pod, service);
    return service;
  }
}

/** Answers as `kubectl proxy` would, about these services. */
function clusterOf(starter: Starter, mailUrl: string): Cluster {
  const serviceOf = (pod: string): string => pod.replace(/-\d+$/, '');
  const pods = [...starter.running.keys()].map((name) => ({
    metadata: { name, uid: name, labels: { 'careplane.dev/service': serviceOf(name) } },
    status: { phase: 'Running' },
  }));
  const text = async (url: string): Promise<string> => (await fetch(url)).text();
  return {
    async get(path): Promise<string> {
      if (path.includes('/secrets/identity-keys')) {
        return JSON.stringify({
          data: { adminClientSecret: Buffer.from(ADMIN_CLIENT_SECRET).toString('base64') },
        });
      }
      const pod = /\/pods\/([^:]+):9090\/proxy\/metrics$/.exec(path)?.[1];
      if (pod !== undefined) return text(`${starter.running.get(pod)?.adminUrl ?? ''}/metrics`);
      return JSON.stringify({ items: pods });
    },
    ask: (_namespace, _service, path) => text(`${mailUrl}${path}`),
    close: () => Promise.resolve(),
  };
}

/** The gateway's routes; schedules and appointments are of one replica each. */
function routesOf(running: {
  readonly people: RunningService;
  readonly bookings: readonly RunningService[];
  readonly kept: RunningService;
  readonly log: RunningService;
}): object[] {
  const { people, bookings, kept, log } = running;
  return [
    { service: 'identity', url: people.url, paths: PATHS.identity },
    { service: 'appointments', url: bookings[0]?.url, paths: PATHS.schedules },
    { service: 'appointments', url: bookings[1]?.url, paths: PATHS.appointments },
    { service: 'records', url: kept.url, paths: PATHS.records },
    { service: 'audit', url: log.url, paths: PATHS.audit },
  ];
}

/** Starts the engines and all services of examples/clinic; appointments and gateway twice, as there. */
export async function startLocalClinic(): Promise<LocalClinic> {
  const [mongod, rabbit, redis, identities, smtpPort, auditPort, port, otherPort] = await Promise.all([
    startMongod(),
    startRabbit(),
    startRedis(),
    createTestIdentities(),
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  for (const [service, consumes] of Object.entries(CONSUMED))
    await declareTopology(rabbit.uri, { service, consumes: [...consumes] });
  // The issuer of tokens, so it is known before anything starts.
  const publicUrl = `https://127.0.0.1:${port}`;
  const folders = new Map<string, ReturnType<typeof createTestBindings>>();
  for (const [service, callers] of Object.entries(CALLERS)) {
    const bindings = createTestBindings();
    bindings.write('clinic-db', mongodbEntries(mongod, service));
    bindings.write('clinic-broker', rabbitmqEntries(rabbit));
    bindings.write('clinic-cache', redisEntries(redis, service));
    bindings.write('internal', await identities.entries(service, callers));
    folders.set(service, bindings);
  }
  const rootOf = (service: string): string => folders.get(service)?.root ?? '';
  for (const [service, secret] of Object.entries(SECRETS))
    folders.get(service)?.write(`${service}-keys`, { type: 'secret', ...secret });

  const starter = new Starter({ CAREPLANE_NAMESPACE: 'clinic', AUDIT_TRAIL: 'Required' });
  const web = { PORT: '0', CAREPLANE_TLS_HTTP: 'Mutual' };
  // Its mails are read by the test, which nothing lets in over TLS.
  const sink = await starter.start('mail-sink-0', mailSink, {
    PORT: '0',
    CAREPLANE_TLS_SMTP: 'Mutual',
    SMTP_PORT: String(smtpPort),
    SERVICE_BINDING_ROOT: rootOf('mail-sink'),
  });
  const people = await starter.start('identity-0', identity, {
    ...web,
    PUBLIC_URL: publicUrl,
    CALLS_AUDIT_URL: `https://127.0.0.1:${auditPort}`,
    SERVICE_BINDING_ROOT: rootOf('identity'),
  });
  const calls = { CALLS_IDENTITY_URL: people.url };
  const log = await starter.start('audit-0', audit, {
    ...web,
    ...calls,
    PORT: String(auditPort),
    SERVICE_BINDING_ROOT: rootOf('audit'),
  });
  const bookings: RunningService[] = [];
  for (const pod of ['appointments-0', 'appointments-1']) {
    const env = { ...web, ...calls, SERVICE_BINDING_ROOT: rootOf('appointments') };
    bookings.push(await starter.start(pod, appointments, env));
  }
  const kept = await starter.start('records-0', records, {
    ...web,
    ...calls,
    SERVICE_BINDING_ROOT: rootOf('records'),
  });
  await starter.start('notifications-0', notifications, {
    ...calls,
    SERVICE_BINDING_ROOT: rootOf('notifications'),
    CALLS_MAIL_SINK_SMTP_URL: `tls://127.0.0.1:${smtpPort}`,
    MAIL_FROM: 'clinic@careplane.example',
  });
  folders.get('gateway')?.write('routes', {
    type: 'careplane-routes',
    'routes.json': JSON.stringify(routesOf({ people, bookings, kept, log })),
  });
  const ports = [port, otherPort];
  for (const [replica, at] of ports.entries())
    await starter.start(`gateway-${replica}`, gateway, {
      ...web,
      PORT: String(at),
      CAREPLANE_TLS_HTTP: 'Public',
      ...calls,
      CALLS_APPOINTMENTS_URL: bookings[0]?.url,
      CALLS_RECORDS_URL: kept.url,
      CALLS_AUDIT_URL: log.url,
      SERVICE_BINDING_ROOT: rootOf('gateway'),
    });
  const mailUrl = sink.url ?? '';
  return {
    url: publicUrl,
    gateways: ports.map((at) => `https://127.0.0.1:${at}`),
    ca: identities.ca,
    cluster: clusterOf(starter, mailUrl),
    logs: starter.logs,
    mailUrl,
    async stop(): Promise<void> {
      for (const service of [...starter.running.values()].reverse()) await service.stop();
      await Promise.all([mongod.stop(), rabbit.stop(), redis.stop()]);
      for (const bindings of folders.values()) bindings.remove();
    },
  };
}
