import { describeError } from './observe/describe-error.ts';
import type { Logger } from './observe/logger.ts';

/**
 * The order of a graceful end (architecture.md, the services' rules): what takes work first, what holds data last.
 * HTTP is drained before consumers stop, consumers finish before the outbox is flushed, the database closes at the end.
 */
export const SHUTDOWN_PHASES = ['http', 'consumers', 'flush', 'close', 'admin'] as const;
export type ShutdownPhase = (typeof SHUTDOWN_PHASES)[number];

export interface Lifecycle {
  /** Registers what must happen in a phase; within a phase the last registered runs first. */
  onShutdown(phase: ShutdownPhase, name: string, stop: () => Promise<void> | void): void;
  /** Called at once when shutdown begins, before the delay (readiness fails, keep-alive ends). */
  beforeShutdown(notify: () => void): void;
  /** Aborted when shutdown begins: loops end by it. */
  readonly signal: AbortSignal;
}

interface Hook {
  readonly phase: ShutdownPhase;
  readonly name: string;
  readonly stop: () => Promise<void> | void;
}

export interface LifecycleOptions {
  readonly logger: Logger;
  readonly delayMs: number;
  readonly deadlineMs: number;
}

/** A lifecycle and the function that ends it. `shutdown` runs once; later calls wait for the same end. */
export function createLifecycle(options: LifecycleOptions): Lifecycle & { shutdown(): Promise<boolean> } {
  const hooks: Hook[] = [];
  const notices: (() => void)[] = [];
  const abort = new AbortController();
  let ending: Promise<boolean> | undefined;
  return {
    signal: abort.signal,
    onShutdown: (phase, name, stop) => void hooks.push({ phase, name, stop }),
    beforeShutdown: (notify) => void notices.push(notify),
    shutdown(): Promise<boolean> {
      ending ??= end(hooks, notices, { ...options, abort });
      return ending;
    },
  };
}

async function end(
  hooks: readonly Hook[],
  notices: readonly (() => void)[],
  options: LifecycleOptions & { abort: AbortController },
): Promise<boolean> {
  for (const notify of notices) notify();
  await new Promise((resolve) => setTimeout(resolve, options.delayMs));
  const deadline = AbortSignal.timeout(options.deadlineMs);
  options.abort.abort();
  let clean = true;
  for (const phase of SHUTDOWN_PHASES) {
    for (const hook of hooks.filter((h) => h.phase === phase).reverse()) {
      clean = (await runHook(hook, deadline, options.logger)) && clean;
    }
  }
  return clean;
}

async function runHook(hook: Hook, deadline: AbortSignal, logger: Logger): Promise<boolean> {
  try {
    await Promise.race([Promise.resolve(hook.stop()), rejectOn(deadline)]);
    return true;
  } catch (error) {
    logger.error('shutdown step failed', { phase: hook.phase, step: hook.name, ...describeError(error) });
    return false;
  }
}

function rejectOn(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const late = (): void => {
      reject(new Error('shutdown deadline passed'));
    };
    if (signal.aborted) late();
    else signal.addEventListener('abort', late, { once: true });
  });
}
