import { join } from 'node:path';
import {
  createTestBindings,
  fetchAs,
  mongodbEntries,
  rabbitmqEntries,
  redisEntries,
  signAccessToken,
} from '@careplane/kit/testing';
import type { TestAccessToken } from '@careplane/kit/testing';
import { startGround } from '../../services/identity/test/clinic.ts';
import type { Ground } from '../../services/identity/test/clinic.ts';
import { ROOT } from '../lib/cache.ts';
import { descendantOf, nextMessage, startMeasured } from '../lib/process.ts';

/** The gateway and two services, each a process of its own as in a cluster: TLS between all of them and to the engines. */
export interface Clinic {
  /** Of the gateway. */
  readonly url: string;
  readonly ca: string;
  /** Process ids by name: `gateway`, `appointments`, `identity`, `mongod`, `redis`. */
  readonly pids: Readonly<Record<string, number>>;
  /** A certificate and its key for another server. */
  readonly files: { readonly certificate: string; readonly key: string };
  readonly ground: Ground;
  /** The keys that verify tokens, as identity publishes them. */
  readonly jwks: string;
  /** A token as identity issues it. */
  token(of: TestAccessToken): Promise<string>;
  stop(): Promise<void>;
}

export interface ClinicOptions {
  readonly folder: string;
  /** Servers behind the gateway beside the clinic's own, by path. */
  readonly routes: Readonly<Record<string, string>>;
  /** Flags of Node for the services. */
  readonly flags: readonly string[];
}

const PUBLIC_URL = 'https://clinic.example';
/** What a clinic has, but without limits that a load generator exceeds. */
const ENV = {
  PORT: '0',
  ADMIN_PORT: '0',
  SHUTDOWN_DELAY_MS: '0',
  PUBLIC_URL,
  USER_LIMIT: '100000000',
  ADDRESS_LIMIT: '100000000',
  BACKEND_TIMEOUT_MS: '30000',
  REQUEST_TIMEOUT_MS: '40000',
};

export async function startClinic(options: ClinicOptions): Promise<Clinic> {
  const ground = await startGround({ tls: true });
  const ends: (() => Promise<unknown>)[] = [() => ground.stop()];
  const pids: Record<string, number> = {
    mongod: await descendantOf(process.pid, 'mongod'),
    redis: await descendantOf(process.pid, 'redis-server'),
  };
  const start = async (name: string, bindings: string, env: Record<string, string>): Promise<string> => {
    const args = [...options.flags, join(ROOT, 'bench/gateway/service.ts'), name];
    const command = {
      program: process.execPath,
      args,
      env: { ...ENV, SERVICE_BINDING_ROOT: bindings, ...env },
    };
    const measured = await startMeasured(command, join(options.folder, `${name}.log`), true);
    ends.push(() => measured.end());
    pids[name] = measured.pid;
    return (await nextMessage<{ url: string }>(measured)).url;
  };
  const identity = await start('identity', ground.bindings.root, { CAREPLANE_TLS_HTTP: 'Mutual' });
  const calls = { CALLS_IDENTITY_URL: identity };
  const appointments = await start('appointments', await appointmentsBindings(ground), {
    ...calls,
    CAREPLANE_TLS_HTTP: 'Mutual',
  });
  const routes = {
    ...options.routes,
    '/fhir/R4/Patient': identity,
    '/fhir/R4/Practitioner': identity,
    '/fhir/R4/Appointment': appointments,
    '/fhir/R4/Schedule': appointments,
  };
  const url = await start('gateway', await gatewayBindings(ground, routes), {
    ...calls,
    CAREPLANE_TLS_HTTP: 'Public',
  });
  const signer = await ground.signer();
  return {
    url,
    ca: ground.identities.ca,
    pids,
    files: await ground.identities.credentials('nginx'),
    ground,
    jwks: await jwksOf(ground, identity),
    token: (of) => signAccessToken({ expiresIn: '1h', ...of }, PUBLIC_URL, signer),
    async stop(): Promise<void> {
      for (const end of ends.splice(0).reverse()) await end();
    },
  };
}

async function jwksOf({ identities }: Ground, identity: string): Promise<string> {
  const { text } = await fetchAs(
    await identities.credentials('gateway'),
    `${identity}/.well-known/jwks.json`,
  );
  return text;
}

async function appointmentsBindings({ mongod, rabbit, identities }: Ground): Promise<string> {
  const bindings = createTestBindings();
  bindings.write('clinic-db', mongodbEntries(mongod, 'appointments'));
  bindings.write('clinic-broker', rabbitmqEntries(rabbit));
  bindings.write('internal', await identities.entries('appointments', { http: ['gateway'] }));
  return bindings.root;
}

async function gatewayBindings(
  { redis, identities }: Ground,
  routes: Readonly<Record<string, string>>,
): Promise<string> {
  const bindings = createTestBindings();
  bindings.write('internal', await identities.entries('gateway'));
  bindings.write('clinic-cache', redisEntries(redis, 'gateway'));
  const entries = Object.entries(routes).map(([path, url]) => ({
    service: path.slice(1),
    url,
    paths: [path],
  }));
  bindings.write('routes', { type: 'careplane-routes', 'routes.json': JSON.stringify(entries) });
  return bindings.root;
}
