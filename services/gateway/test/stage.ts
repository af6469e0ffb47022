import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startService } from '@careplane/kit';
import type { RunningService } from '@careplane/kit';
import { createLogSink, createTestBindings, startTestIssuer } from '@careplane/kit/testing';
import type { LogSink, TestIssuer } from '@careplane/kit/testing';
import { freePort } from '@careplane/testing';
import { gateway } from '../src/index.ts';

/** A service behind the gateway, as a test needs it. */
export interface FakeBackend {
  readonly url: string;
  /** `<method> <path>` of every request. */
  readonly seen: string[];
  /** Refuses connections from now on. */
  kill(): Promise<void>;
  /** Listens again on the same port. */
  restart(): Promise<void>;
}

/** Starts a backend on an ephemeral port. */
export async function startBackend(answer: RequestListener): Promise<FakeBackend> {
  const seen: string[] = [];
  const server = createServer((req, res) => {
    seen.push(`${req.method ?? ''} ${req.url ?? ''}`);
    answer(req, res);
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    async kill(): Promise<void> {
      if (!server.listening) return;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
    restart: () => listen(port),
  };
}

/** JSON from a backend. */
export function json(body: unknown, status = 200): RequestListener {
  return (_req, res) => {
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
}

/** The gateway with its issuer. */
export interface Stage {
  readonly url: string;
  readonly adminUrl: string;
  readonly issuer: TestIssuer;
  readonly log: LogSink;
  readonly token: (sub?: string) => Promise<string>;
  stop(): Promise<boolean>;
}

export interface StageOptions {
  readonly routes: readonly { service: string; url: string; paths: readonly string[] }[];
  readonly env?: Record<string, string>;
  /** Its own when absent. */
  readonly issuer?: TestIssuer;
  readonly redis?: { readonly host: string; readonly port: number };
}

/** Starts the gateway in front of backends; without `redis` the cache's address answers nothing. */
export async function startStage(options: StageOptions): Promise<Stage> {
  const issuer = options.issuer ?? (await startTestIssuer());
  const bindings = createTestBindings();
  const { host, port } = options.redis ?? { host: '127.0.0.1', port: await freePort() };
  bindings.write('clinic-cache', { type: 'redis', host, port: String(port), 'key-prefix': 'gateway:' });
  bindings.write('routes', { type: 'careplane-routes', 'routes.json': JSON.stringify(options.routes) });
  const log = createLogSink();
  const running: RunningService = await startService(gateway, {
    env: {
      PORT: '0',
      ADMIN_PORT: '0',
      SHUTDOWN_DELAY_MS: '0',
      SERVICE_BINDING_ROOT: bindings.root,
      CALLS_IDENTITY_URL: issuer.url,
      ...options.env,
    },
    logStream: log.stream,
  });
  return {
    url: running.url ?? '',
    adminUrl: running.adminUrl,
    issuer,
    log,
    token: (sub = 'p-1') => issuer.userToken({ sub, role: 'patient' }),
    async stop(): Promise<boolean> {
      const clean = await running.stop();
      await issuer.stop();
      bindings.remove();
      return clean;
    },
  };
}

/** A request with a token. */
export function withToken(token: string, init: RequestInit = {}): RequestInit {
  return {
    ...init,
    headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${token}` },
  };
}
