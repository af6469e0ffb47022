import { appointments } from '@careplane/appointments';
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
import { freePort, startMongod, startRabbit, startRedis } from '@careplane/testing';
import type { Cluster } from '../src/cluster/kubectl-proxy.ts';

/** A whole clinic on this machine without Kubernetes: every service, with a real database, broker and cache. */
export interface LocalClinic {
  /** The gateway. */
  readonly url: string;
  /** Answers the demo's requests to a cluster, about these services. */
  readonly cluster: Cluster;
  readonly logs: LogSink;
  /** Authority of the gateway's certificate, PEM. */
  readonly ca: string;
  readonly mailUrl: string;
  stop(): Promise<void>;
}

const ADMIN_PASSWORD = 'local-clinic-admin-password';
/** Who calls which port of whom. */
const CALLERS = {
  identity: { http: ['notifications', 'appointments', 'gateway'] },
  appointments: { http: ['gateway'] },
  notifications: {},
  gateway: {},
  'mail-sink': { smtp: ['notifications'] },
} as const;
const CONSUMED = ['patient.registered', 'appointment.booked', 'appointment.cancelled'];

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
function clusterOf(starter: Starter): Cluster {
  const serviceOf = (pod: string): string => pod.replace(/-\d+$/, '');
  const pods = [...starter.running.keys()].map((name) => ({
    metadata: { name, uid: name, labels: { 'careplane.dev/service': serviceOf(name) } },
    status: { phase: 'Running' },
  }));
  const text = async (url: string): Promise<string> => (await fetch(url)).text();
  return {
    async get(path): Promise<string> {
      if (path.includes('/secrets/identity-keys')) {
        return JSON.stringify({ data: { adminPassword: Buffer.from(ADMIN_PASSWORD).toString('base64') } });
      }
      const pod = /\/pods\/([^:]+):9090\/proxy\/metrics$/.exec(path)?.[1];
      if (pod !== undefined) return text(`${starter.running.get(pod)?.adminUrl ?? ''}/metrics`);
      return JSON.stringify({ items: pods });
    },
    close: () => Promise.resolve(),
  };
}

/** Starts the engines and all services of examples/clinic; appointments and gateway twice, as there. */
export async function startLocalClinic(): Promise<LocalClinic> {
  const [mongod, rabbit, redis, identities, smtpPort] = await Promise.all([
    startMongod(),
    startRabbit(),
    startRedis(),
    createTestIdentities(),
    freePort(),
  ]);
  await declareTopology(rabbit.uri, { service: 'notifications', consumes: CONSUMED });
  await declareTopology(rabbit.uri, {
    service: 'identity',
    consumes: ['appointment.booked', 'appointment.cancelled'],
  });
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
  folders.get('identity')?.write('identity-keys', {
    type: 'secret',
    adminPassword: ADMIN_PASSWORD,
    keyEncryptionKey: 'local-clinic-key-encryption-key',
    lookupKey: 'local-clinic-lookup-key',
  });

  const starter = new Starter({ CAREPLANE_NAMESPACE: 'clinic' });
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
    SERVICE_BINDING_ROOT: rootOf('identity'),
  });
  const calls = { CALLS_IDENTITY_URL: people.url };
  const bookings: RunningService[] = [];
  for (const pod of ['appointments-0', 'appointments-1']) {
    const env = { ...web, ...calls, SERVICE_BINDING_ROOT: rootOf('appointments') };
    bookings.push(await starter.start(pod, appointments, env));
  }
  await starter.start('notifications-0', notifications, {
    ...calls,
    SERVICE_BINDING_ROOT: rootOf('notifications'),
    CALLS_MAIL_SINK_SMTP_URL: `tls://127.0.0.1:${smtpPort}`,
    MAIL_FROM: 'clinic@careplane.example',
  });
  folders.get('gateway')?.write('routes', {
    type: 'careplane-routes',
    'routes.json': JSON.stringify([
      {
        service: 'identity',
        url: people.url,
        paths: ['/v1/patients', '/v1/practitioners', '/v1/tokens', '/.well-known'],
      },
      { service: 'appointments', url: bookings[0]?.url, paths: ['/v1/schedules', '/v1/slots'] },
      { service: 'appointments', url: bookings[1]?.url, paths: ['/v1/appointments'] },
    ]),
  });
  const entrance = await starter.start('gateway-0', gateway, {
    ...web,
    CAREPLANE_TLS_HTTP: 'Public',
    ...calls,
    CALLS_APPOINTMENTS_URL: bookings[0]?.url,
    SERVICE_BINDING_ROOT: rootOf('gateway'),
  });
  const mailUrl = sink.url ?? '';
  return {
    url: entrance.url ?? '',
    ca: identities.ca,
    cluster: clusterOf(starter),
    logs: starter.logs,
    mailUrl,
    async stop(): Promise<void> {
      for (const service of [...starter.running.values()].reverse()) await service.stop();
      await Promise.all([mongod.stop(), rabbit.stop(), redis.stop()]);
      for (const bindings of folders.values()) bindings.remove();
    },
  };
}
