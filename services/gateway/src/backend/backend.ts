import type { Readable } from 'node:stream';
import { backoffMs, createRetryBudget, pause, TIMEOUT_HEADER, timeLeftMs, Unavailable } from '@careplane/kit';
import type { Logger } from '@careplane/kit';
import { LRUCache } from 'lru-cache';
import { Pool } from 'undici';
import type { buildConnector, Dispatcher } from 'undici';
import type { GatewayConfig } from '../config.ts';
import { createAdaptiveLimit } from './adaptive-limit.ts';
import type { AdaptiveLimit } from './adaptive-limit.ts';
import { createCircuit } from './circuit.ts';
import { failureOf } from './failure.ts';
import type { SearchOptions } from './limit-search.ts';

/** A call to a backend. */
export interface BackendRequest {
  readonly method: Dispatcher.HttpMethod;
  /** Path with query. */
  readonly path: string;
  readonly headers: Record<string, string | string[]>;
  readonly body: Buffer | string | null;
  readonly signal: AbortSignal;
  /** Calls of one kind take about as long as each other, and share a limit: the route's path, and whether it reads. */
  readonly kind: string;
  /** Whose request it is: a circuit does not take one caller's trouble for the backend's. */
  readonly caller: string;
  /** Whether it may be sent again when it may have been seen (RFC 9110, 9.2.2, or by its Idempotency-Key). */
  readonly repeatable: boolean;
}

/** A call whose body and answer stream. It is judged by nothing that is slow by itself: a slow phone says nothing of the service. */
export interface StreamedRequest extends Omit<BackendRequest, 'body' | 'kind' | 'repeatable'> {
  readonly body: Readable | null;
}

/** A service behind the gateway: its own connections, circuit and retry budget, so that its trouble stays its own. */
export interface Backend {
  /** Sends; resolves when the answer begins. @throws what `failureOf` sorts, Unavailable when there is too much under way. */
  send(request: BackendRequest): Promise<Dispatcher.ResponseData>;
  /** As `send`, without limits of time: its signal ends it. What has no body is tried again when nothing of it was seen. */
  stream(request: StreamedRequest): Promise<Dispatcher.ResponseData>;
  close(): Promise<void>;
}

/**
 * Shorter than a pod that ends goes on answering (`preStop.sleep` and SHUTDOWN_DELAY_MS, 8 s together): a connection that nobody has used since
 * no endpoint named the pod any more is gone before the pod closes it. The server's own word (65 s) does not count.
 */
const KEPT_MS = 4_000;
/** The headers of an answer. A redirect repeats a URL of 8 KiB, each character of which may have become three. */
const HEAD_BYTES = 32_768;
const ATTEMPTS = 3;
const BACKOFF = { baseMs: 25, capMs: 250 };
/** After an answer that says "too much", nothing is sent a second time for this caller for so long. */
const CALM = { max: 1_000, ttl: 1_000 } as const;
const OVERLOADED = new Set([429, 503]);

/** Opens no connection before the first call. */
export function createBackend(
  origin: string,
  config: GatewayConfig,
  logger: Logger,
  connect?: buildConnector.connector,
): Backend {
  const poolOf = (options: Pool.Options): Pool =>
    new Pool(origin, {
      connections: config.BACKEND_CONNECTIONS,
      headersTimeout: config.BACKEND_TIMEOUT_MS,
      bodyTimeout: config.BACKEND_TIMEOUT_MS,
      maxHeaderSize: HEAD_BYTES,
      connect: connect ?? { timeout: 2_000 },
      ...options,
    });
  const kept = poolOf({ pipelining: 1, keepAliveTimeout: KEPT_MS, keepAliveMaxTimeout: KEPT_MS });
  // A kept connection may be closed by its server at the very moment at which a request is written to it, and nobody can
  // tell whether that was seen. What cannot be repeated gets a connection of its own (pipelining 0: no keep-alive), which resumes
  // a TLS session.
  const fresh = poolOf({ pipelining: 0 });
  // Their own connections: documents leave none of the others waiting. One that is to be closed would be so when a body is refused, before
  // the answer was read; one that is kept is not kept for long.
  const streams = poolOf({
    ...{ pipelining: 1, keepAliveTimeout: 1, keepAliveMaxTimeout: 1 },
    ...{ connections: config.MAX_STREAMS, headersTimeout: 0, bodyTimeout: 0 },
  });
  const circuit = createCircuit(config.CIRCUIT_OPEN_MS, logger, origin);
  const budget = createRetryBudget({ ratio: 0.1, reserve: 20 });
  const limits = new Map<string, AdaptiveLimit>();
  const limitOf = (kind: string): AdaptiveLimit => {
    const limit = limits.get(kind) ?? createAdaptiveLimit(limitsFor(config.BACKEND_CONNECTIONS));
    limits.set(kind, limit);
    return limit;
  };
  const calm = new LRUCache<string, true>(CALM);
  const once = async (request: BackendRequest): Promise<Dispatcher.ResponseData> => {
    const { method, path, body, signal, repeatable } = request;
    const headers = { ...request.headers, [TIMEOUT_HEADER]: patience(config, signal) };
    const answer = await (repeatable ? kept : fresh).request({ method, path, headers, body, signal });
    if (OVERLOADED.has(answer.statusCode)) calm.set(request.caller, true);
    return answer;
  };
  const mayRetry = (request: BackendRequest, error: unknown): boolean =>
    mayRepeat(request, error) && !calm.has(request.caller) && budget.withdraw();
  return {
    // The circuit judges what callers get, not each attempt: one pod that goes, out of two, fails half of the attempts.
    send: (request) =>
      within(
        () => limitOf(request.kind).enter(request.caller),
        async () => {
          budget.deposit();
          return circuit.execute(request.caller, () =>
            withRetries({
              signal: request.signal,
              mayRetry: (error) => mayRetry(request, error),
              send: () => once(request),
            }),
          );
        },
      ),
    stream: ({ caller, ...request }) =>
      circuit.execute(caller, () =>
        withRetries({
          signal: request.signal,
          // a body goes once: what was read of it is gone
          mayRetry: (error) => request.body === null && failureOf(error) === 'not-sent',
          send: () => streams.request(request),
        }),
      ),
    async close(): Promise<void> {
      await Promise.all([kept.close(), fresh.close(), streams.close()]);
    },
  };
}

/** Of the gateway's own patience: the rest is for the service's answer to come, and for a commit that it has begun to end. */
const SERVICE_SHARE = 0.8;

/** How long the service has: its answer, that nothing was saved, comes before the gateway gives up. */
function patience({ BACKEND_TIMEOUT_MS }: GatewayConfig, signal: AbortSignal): string {
  const ownMs = Math.min(BACKEND_TIMEOUT_MS, timeLeftMs(signal) ?? Infinity);
  return String(Math.max(1, Math.floor(ownMs * SERVICE_SHARE)));
}

function limitsFor(connections: number): SearchOptions {
  return { initial: Math.min(64, connections), least: Math.min(2, connections), most: connections };
}

/** Refuses at once what would only wait at the service. */
async function within(
  enter: () => ReturnType<AdaptiveLimit['enter']>,
  call: () => Promise<Dispatcher.ResponseData>,
): Promise<Dispatcher.ResponseData> {
  const leave = enter();
  if (!leave) throw new Unavailable(1, { detail: 'Too much at once' });
  try {
    const answer = await call();
    leave(answer.statusCode === 503 ? 'overloaded' : 'answered');
    return answer;
  } catch (error) {
    leave(failureOf(error) === 'late' ? 'overloaded' : 'unknown');
    throw error;
  }
}

interface Attempts {
  readonly signal: AbortSignal;
  readonly mayRetry: (error: unknown) => boolean;
  readonly send: () => Promise<Dispatcher.ResponseData>;
}

async function withRetries({ signal, mayRetry, send }: Attempts): Promise<Dispatcher.ResponseData> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      if (attempt + 1 >= ATTEMPTS || !mayRetry(error)) throw error;
      await pause(backoffMs(attempt, BACKOFF), signal);
    }
  }
}

/** What was not sent may always be sent again; what may have been seen only when it is idempotent. */
function mayRepeat(request: BackendRequest, error: unknown): boolean {
  if (request.signal.aborted) return false;
  const failure = failureOf(error);
  return failure === 'not-sent' || (failure === 'broken' && request.repeatable);
}
