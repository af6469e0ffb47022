import { createHealth } from '../src/health.ts';
import { createLifecycle } from '../src/lifecycle.ts';
import { createLogger } from '../src/observe/logger.ts';
import { createLogSink } from '../src/testing/log-sink.ts';
import type { LogSink } from '../src/testing/log-sink.ts';
import { createTransport } from '../src/tls/transport.ts';
import type { Transport } from '../src/tls/transport.ts';

/** What `remoteKeys` needs of a service. */
export interface KeysOwner {
  readonly health: ReturnType<typeof createHealth>;
  readonly lifecycle: ReturnType<typeof createLifecycle>;
  readonly logger: ReturnType<typeof createLogger>;
  readonly log: LogSink;
  readonly transport: Transport;
}

/** A started service without anything else. */
export function keysOwner(): KeysOwner {
  const log = createLogSink();
  const logger = createLogger({
    service: 's',
    version: '0',
    instance: 'i',
    level: 'info',
    stream: log.stream,
  });
  const health = createHealth();
  health.started();
  const lifecycle = createLifecycle({ logger, delayMs: 0, deadlineMs: 5_000 });
  const transport = createTransport({ credentials: () => undefined });
  lifecycle.onShutdown('close', 'calls', () => transport.dispatcher.destroy());
  return { health, lifecycle, logger, log, transport };
}
