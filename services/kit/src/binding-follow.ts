import type { Binding, Bindings, BindingType } from './bindings.ts';
import type { PlatformConfig } from './config.ts';
import type { Lifecycle } from './lifecycle.ts';
import { describeError } from './observe/describe-error.ts';
import type { Logger } from './observe/logger.ts';
import type { Metrics } from './observe/metrics.ts';
import { pause } from './resilience/backoff.ts';

/** What following a binding needs of a service. */
export interface BindingOwner {
  readonly bindings: Bindings;
  readonly config: PlatformConfig;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** A client that lives on a binding. */
export interface Follower<T extends BindingType> {
  readonly type: T;
  /** What the client uses now; undefined while it has yet to connect by itself. */
  readonly inUse: () => Binding<T> | undefined;
  /** Proves the binding and then moves to it. When it throws, nothing has changed. */
  readonly adopt: (binding: Binding<T>) => Promise<void>;
}

/** A binding that is refused may be one whose user is not made yet: it is tried again, ever more seldom. */
const SLOWEST_MS = 60_000;

/**
 * Moves a client to the binding's new content whenever its files change (kubelet swaps them in place when a credential or
 * an authority rotates). What is unreadable or refused leaves the client on the last good one; it is logged, counted in
 * `careplane_binding_reloads_total`, and tried again. Ends with the service, before the client is closed: register it
 * after the client's own hook.
 */
export function followBinding<T extends BindingType>(ctx: BindingOwner, follower: Follower<T>): void {
  const running = follow(ctx, follower);
  ctx.lifecycle.onShutdown('close', `${follower.type} binding`, () => running);
}

async function follow<T extends BindingType>(ctx: BindingOwner, follower: Follower<T>): Promise<void> {
  const { BINDING_POLL_MS: every } = ctx.config;
  const { signal } = ctx.lifecycle;
  let seen: Seen = { text: '', refusals: 0, notBefore: 0 };
  while (!signal.aborted) {
    seen = await look(ctx, follower, seen);
    await pause(every, signal);
  }
}

/** What was found last. `text` is compared, never shown: it holds a password, or the words of an error. */
interface Seen {
  readonly text: string;
  /** How often this same content was refused. */
  readonly refusals: number;
  /** When it is tried again, in milliseconds of the monotonic clock. */
  readonly notBefore: number;
}

function look<T extends BindingType>(
  ctx: BindingOwner,
  follower: Follower<T>,
  seen: Seen,
): Promise<Seen> | Seen {
  const { type, inUse } = follower;
  let binding: Binding<T>;
  try {
    binding = ctx.bindings.read(type);
  } catch (error) {
    const text = String(error);
    if (text !== seen.text) report(ctx, type, { result: 'invalid', error });
    return fresh(text);
  }
  const used = inUse();
  const text = JSON.stringify(binding);
  if (used === undefined || text === JSON.stringify(used)) return fresh(text);
  const known = text === seen.text ? seen : fresh(text);
  return performance.now() < known.notBefore ? known : adopt(ctx, follower, { binding, known });
}

async function adopt<T extends BindingType>(
  ctx: BindingOwner,
  follower: Follower<T>,
  { binding, known }: { binding: Binding<T>; known: Seen },
): Promise<Seen> {
  try {
    await follower.adopt(binding);
    report(ctx, follower.type, { result: 'ok' });
    return fresh(known.text);
  } catch (error) {
    if (!ctx.lifecycle.signal.aborted) report(ctx, follower.type, { result: 'refused', error });
    const waitMs = Math.min(ctx.config.BINDING_POLL_MS * 2 ** Math.min(known.refusals, 16), SLOWEST_MS);
    return { text: known.text, refusals: known.refusals + 1, notBefore: performance.now() + waitMs };
  }
}

function fresh(text: string): Seen {
  return { text, refusals: 0, notBefore: 0 };
}

interface Reload {
  readonly result: 'ok' | 'invalid' | 'refused';
  readonly error?: unknown;
}

const WORDS = {
  ok: 'binding changed: moved to it',
  invalid: 'binding cannot be read: the last good one stays in use',
  refused: 'binding changed, but the new one is refused: the last good one stays in use',
} as const;

function report(ctx: BindingOwner, type: BindingType, { result, error }: Reload): void {
  ctx.metrics.bindingReloads.inc({ binding: type, result });
  if (error === undefined) ctx.logger.info(WORDS[result], { binding: type });
  else ctx.logger.warn(WORDS[result], { binding: type, ...describeError(error) });
}
