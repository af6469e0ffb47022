import { startService, defineService, route, Router } from '../src/index.ts';
import type { RunningService } from '../src/index.ts';
import { createTestBindings } from '../src/testing/bindings.ts';
import type { TestBindings } from '../src/testing/bindings.ts';
import { createTestIdentities } from '../src/testing/identities.ts';
import type { TestIdentities } from '../src/testing/identities.ts';
import { createLogSink } from '../src/testing/log-sink.ts';
import type { LogSink } from '../src/testing/log-sink.ts';
import { z } from 'zod';

/** A service `callee` that speaks TLS, which `caller` may call. */
export interface TlsService {
  readonly url: string;
  readonly port: number;
  readonly identities: TestIdentities;
  readonly bindings: TestBindings;
  readonly log: LogSink;
  /** The text of its metrics. */
  metrics(): Promise<string>;
  stop(): Promise<boolean>;
}

const callee = defineService({
  name: 'callee',
  config: z.object({}),
  start() {
    const router = Router();
    router.get(
      '/answer',
      route({}, () => ({ status: 200, body: { answer: 42 } })),
    );
    return { router };
  },
});

/** Starts it; `more` are files of the binding `public`. */
export async function startTlsService(
  encryption: 'Mutual' | 'Public',
  more?: Readonly<Record<string, string>>,
): Promise<TlsService> {
  const identities = await createTestIdentities();
  const bindings = createTestBindings();
  bindings.write('internal', await identities.entries('callee', { http: ['caller'] }));
  if (more !== undefined) bindings.write('public', { type: 'careplane-public', ...more });
  const log = createLogSink();
  const running: RunningService = await startService(callee, {
    env: {
      PORT: '0',
      ADMIN_PORT: '0',
      SHUTDOWN_DELAY_MS: '0',
      BINDING_POLL_MS: '10',
      SERVICE_BINDING_ROOT: bindings.root,
      CAREPLANE_TLS_HTTP: encryption,
    },
    logStream: log.stream,
  });
  const url = running.url ?? '';
  return {
    url,
    port: Number(new URL(url).port),
    identities,
    bindings,
    log,
    metrics: async () => (await fetch(`${running.adminUrl}/metrics`)).text(),
    async stop(): Promise<boolean> {
      const clean = await running.stop();
      bindings.remove();
      return clean;
    },
  };
}
