import { join } from 'node:path';
import { declareTopology } from '@careplane/kit/testing';
import { freePort } from '@careplane/testing';
import { Agent, fetch } from 'undici';
import { startGround } from '../../services/identity/test/clinic.ts';
import type { Entrance } from '../../services/identity/test/entrance.ts';
import { oidcCalls } from '../../services/identity/test/oidc.ts';
import type { OidcCalls } from '../../services/identity/test/oidc.ts';
import type { Credentials } from '../../services/kit/src/tls/credentials.ts';
import { createTransport } from '../../services/kit/src/tls/transport.ts';
import { ROOT } from '../lib/cache.ts';
import { cpuSecondsOf, descendantOf, nextMessage, startMeasured } from '../lib/process.ts';

/** Identity in a process of its own, TLS to it and from it to its engines as in a cluster, and who calls it here. */
export interface LoginClinic {
  readonly calls: OidcCalls;
  /** The CPU that identity has used, after it has hashed so many passwords, in milliseconds. */
  cpuAfter(hashes: number): Promise<number>;
  /** Of the engines, in milliseconds. */
  engines(): Promise<Readonly<Record<string, number>>>;
  stop(): Promise<void>;
}

export async function startLoginClinic(folder: string, flags: readonly string[]): Promise<LoginClinic> {
  const ground = await startGround({ tls: true });
  await declareTopology(ground.rabbit.uri, { service: 'audit', consumes: ['audit.recorded'] });
  const port = String(await freePort());
  const url = `https://127.0.0.1:${port}`;
  const env = {
    PORT: port,
    ADMIN_PORT: '0',
    SHUTDOWN_DELAY_MS: '0',
    PUBLIC_URL: url,
    AUDIT_TRAIL: 'Required',
    CAREPLANE_TLS_HTTP: 'Mutual',
    SERVICE_BINDING_ROOT: ground.bindings.root,
  };
  const args = [...flags, join(ROOT, 'bench/login/server.ts')];
  const server = await startMeasured(
    { program: process.execPath, args, env },
    join(folder, 'identity.log'),
    true,
  );
  await nextMessage(server);
  const entrance = gatewayTo(url, await ground.identities.credentials('gateway'));
  const engines = {
    mongod: await descendantOf(process.pid, 'mongod'),
    redis: await descendantOf(process.pid, 'redis-server'),
  };
  return {
    calls: oidcCalls(entrance),
    async cpuAfter(hashes): Promise<number> {
      server.child.send({ hashes });
      return (await nextMessage<{ cpuMs: number }>(server)).cpuMs;
    },
    async engines(): Promise<Record<string, number>> {
      const used = Object.entries(engines).map(async ([name, pid]): Promise<[string, number]> => [
        name,
        (await cpuSecondsOf(pid)) * 1_000,
      ]);
      return Object.fromEntries(await Promise.all(used));
    },
    async stop(): Promise<void> {
      await entrance.close();
      await server.end();
      await ground.stop();
    },
  };
}

/**
 * As the gateway calls a service, by the same transport: over kept connections what may be repeated, over one of its own what may not. That
 * resumes a TLS session.
 */
function gatewayTo(url: string, credentials: Credentials): Entrance {
  const { connect } = createTransport({ credentials: () => credentials });
  const kept = new Agent({ connect });
  const fresh = new Agent({ connect, pipelining: 0 });
  return {
    url,
    ca: credentials.authorities,
    lead: () => undefined,
    fetch: (to, init = {}) =>
      fetch(to, { redirect: 'manual', ...init, dispatcher: init.method === 'POST' ? fresh : kept }),
    async close(): Promise<void> {
      await Promise.all([kept.destroy(), fresh.destroy()]);
    },
  };
}
