import { createHealth } from '../src/health.ts';
import { createLifecycle } from '../src/lifecycle.ts';
import { createLogger } from '../src/observe/logger.ts';
import { createLogSink } from '../src/testing/log-sink.ts';
import type { LogSink } from '../src/testing/log-sink.ts';

/** What `remoteKeys` needs of a service. */
export interface KeysOwner {
  readonly health: ReturnType<typeof createHealth>;
  readonly lifecycle: ReturnType<typeof createLifecycle>;
  readonly logger: ReturnType<typeof createLogger>;
  readonly log: LogSink;
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
  return { health, lifecycle: createLifecycle({ logger, delayMs: 0, deadlineMs: 5_000 }), logger, log };
}
