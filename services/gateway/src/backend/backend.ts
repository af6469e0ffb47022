import { backoffMs, createRetryBudget, pause } from '@careplane/kit';
import type { Logger, RetryBudget } from '@careplane/kit';
import { circuitBreaker, handleWhen, SamplingBreaker } from 'cockatiel';
import type { CircuitBreakerPolicy } from 'cockatiel';
import { Pool } from 'undici';
import type { buildConnector, Dispatcher } from 'undici';
import type { GatewayConfig } from '../config.ts';
import { failureOf } from './failure.ts';

/** A call to a backend. */
export interface BackendRequest {
  readonly method: Dispatcher.HttpMethod;
  /** Path with query. */
  readonly path: string;
  readonly headers: Record<string, string | string[]>;
  readonly body: Dispatcher.DispatchOptions['body'];
  readonly signal: AbortSignal;
  /** Whether it may be sent again when it may have been seen (RFC 9110, 9.2.2, or by its Idempotency-Key). */
  readonly idempotent: boolean;
  /** Whether the body can be sent again. */
  readonly replayable: boolean;
}

/** A service behind the gateway: its own connections, circuit and retry budget, so that its trouble stays its own. */
export interface Backend {
  /** Sends; resolves when the answer begins. @throws what `failureOf` sorts. */
  send(request: BackendRequest): Promise<Dispatcher.ResponseData>;
  close(): Promise<void>;
}

/**
 * Shorter than a pod that ends goes on answering (`preStop.sleep` and SHUTDOWN_DELAY_MS, 8 s together): a connection that nobody has used since
 * no endpoint named the pod any more is gone before the pod closes it. The server's own word (65 s) does not count.
 */
const KEPT_MS = 4_000;
const ATTEMPTS = 3;
const BACKOFF = { baseMs: 25, capMs: 250 };
/** At least five calls in five seconds, half of them failed for good, open the circuit. */
const BREAKER = { threshold: 0.5, duration: 5_000, minimumRps: 1 };

/** The statuses by which a proxy or an overloaded service says that it cannot serve now. */
const FAULTS = new Set([500, 502, 503, 504]);

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
      connect: connect ?? { timeout: 2_000 },
      ...options,
    });
  const kept = poolOf({ pipelining: 1, keepAliveTimeout: KEPT_MS, keepAliveMaxTimeout: KEPT_MS });
  // A kept connection may be closed by its server at the very moment at which a request is written to it, and nobody can
  // tell whether that was seen. What cannot be repeated gets a connection of its own (pipelining 0: no keep-alive), which resumes
  // a TLS session.
  const fresh = poolOf({ pipelining: 0 });
  const circuit = createCircuit(config, logger, origin);
  const budget = createRetryBudget({ ratio: 0.1, reserve: 20 });
  const once = (request: BackendRequest): Promise<Dispatcher.ResponseData> => {
    const { method, path, headers, body, signal, idempotent, replayable } = request;
    const pool = idempotent && replayable ? kept : fresh;
    return pool.request({ method, path, headers, body: body ?? null, signal });
  };
  return {
    // The circuit judges what callers get, not each attempt: one pod that goes, out of two, fails half of the attempts.
    send: (request) => circuit.execute(() => withRetries(request, budget, once)),
    async close(): Promise<void> {
      await Promise.all([kept.close(), fresh.close()]);
    },
  };
}

function createCircuit(config: GatewayConfig, logger: Logger, origin: string): CircuitBreakerPolicy {
  // a client that goes away says nothing about the backend
  const faults = handleWhen((error) => failureOf(error) !== 'aborted').orWhenResult((result) =>
    FAULTS.has((result as Dispatcher.ResponseData).statusCode),
  );
  const circuit = circuitBreaker(faults, {
    halfOpenAfter: config.CIRCUIT_OPEN_MS,
    breaker: new SamplingBreaker(BREAKER),
  });
  circuit.onBreak(() => {
    logger.warn('circuit opened', { backend: origin });
  });
  circuit.onReset(() => {
    logger.info('circuit closed', { backend: origin });
  });
  return circuit;
}

async function withRetries(
  request: BackendRequest,
  budget: RetryBudget,
  send: (request: BackendRequest) => Promise<Dispatcher.ResponseData>,
): Promise<Dispatcher.ResponseData> {
  budget.deposit();
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await send(request);
    } catch (error) {
      if (attempt + 1 >= ATTEMPTS || !mayRepeat(request, error) || !budget.withdraw()) throw error;
      await pause(backoffMs(attempt, BACKOFF), request.signal);
    }
  }
}

/** What was not sent may always be sent again; what may have been seen only when it is idempotent. */
function mayRepeat(request: BackendRequest, error: unknown): boolean {
  if (!request.replayable || request.signal.aborted) return false;
  const failure = failureOf(error);
  return failure === 'not-sent' || (failure === 'broken' && request.idempotent);
}
