import { createSecureContext } from 'node:tls';
import { Agent, type Dispatcher } from 'undici';
import { backoffMs, type BackoffLimits } from '../backoff.ts';
import { pause, type Clock } from '../clock.ts';
import type { Credentials } from './credentials.ts';
import { decode, type WatchStream } from './encoding.ts';
import { Exchange, type Answer } from './exchange.ts';
import { ApiError, ApiUnreachable, WriteFenced } from '../errors.ts';
import { parseRefusal } from './refusal.ts';

export interface Request {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  body?: unknown;
  contentType?: string;
  accept?: string;
  /** Milliseconds for one attempt, from asking for a connection to the last byte received. */
  timeoutMs?: number;
  /** Goes over connections of its own, never behind other calls that hang: the Lease. */
  isVital?: boolean;
  /** Sending it twice does no more than sending it once. */
  idempotent: boolean;
  /** How often it is sent at most; default 4. */
  attempts?: number;
  signal?: AbortSignal | undefined;
  /** For the metric: verb and plural, never names. */
  verb: string;
  resource: string;
}

export interface ApiCall {
  verb: string;
  resource: string;
  /** HTTP status, or `error` when there was no answer. */
  code: string;
  seconds: number;
}

/** How long writes are still safe (milliseconds from now); 0 or less refuses them, and a write in flight ends then. */
export type WriteGuard = () => number;

export interface TransportOptions {
  credentials: Credentials;
  clock: Clock;
  random: () => number;
  userAgent: string;
  onCall?: (call: ApiCall) => void;
}

const TIMEOUT_MS = 15_000;
const ATTEMPTS = 4;
const RETRY_BACKOFF: BackoffLimits = { baseMs: 100, capMs: 2_000 };
/** A server that asks for more patience than this gets it from the work queue, not from a waiting worker. */
const RETRY_AFTER_LIMIT_MS = 5_000;
const CONNECTIONS = 32;
/** A second one, since the first may be the one that hangs. */
const VITAL_CONNECTIONS = 2;
const KEEP_ALIVE_MS = 30_000;

/** HTTP over pooled keep-alive connections: a pool for calls, one for vital calls, one without a cap for watches. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #calls: Agent;
  readonly #vital: Agent;
  readonly #watches: Agent;

  constructor(options: TransportOptions) {
    this.#options = options;
    const { tls } = options.credentials;
    // One for all connections: certificates and keys are parsed once, not for each.
    const secureContext = createSecureContext(tls);
    // HTTP/2 would put every call and watch on one connection, behind one slow answer.
    const shared = { connect: { ...tls, secureContext, timeout: 5_000 }, allowH2: false };
    const pooled = { ...shared, keepAliveTimeout: KEEP_ALIVE_MS };
    this.#calls = new Agent({ ...pooled, connections: CONNECTIONS });
    this.#vital = new Agent({ ...pooled, connections: VITAL_CONNECTIONS });
    this.#watches = new Agent({ ...shared, keepAliveTimeout: 1_000 });
  }

  /** As {@link answer}, decoded. `undefined` when it is empty. */
  async object(request: Request, guard?: WriteGuard): Promise<unknown> {
    return decode(await this.answer(request, guard));
  }

  /** Sends, again after a pause where that is safe. Throws ApiError, ApiUnreachable, WriteFenced. */
  async answer(request: Request, guard?: WriteGuard): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(request, guard);
      } catch (error) {
        const wait =
          attempt < (request.attempts ?? ATTEMPTS) ? this.#retryAfter(request, error, attempt) : undefined;
        if (wait === undefined || request.signal?.aborted === true) throw error;
        await pause(this.#options.clock, wait, request.signal);
      }
    }
  }

  /** Opens a stream without any limit on silence; the caller measures that and aborts the signal. */
  async stream(request: Request & { signal: AbortSignal }): Promise<WatchStream> {
    const started = this.#options.clock.monotonic();
    try {
      const answer = await this.#watches.request({
        ...(await this.#outgoing(request)),
        headersTimeout: request.timeoutMs ?? TIMEOUT_MS,
        bodyTimeout: 0,
        signal: request.signal,
      });
      this.#count(request, String(answer.statusCode), started);
      if (answer.statusCode >= 300) throw this.#refusal(request, answer, await answer.body.text());
      return answer;
    } catch (error) {
      if (error instanceof ApiError) throw error;
      this.#count(request, 'error', started);
      throw new ApiUnreachable(request.path, error);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#calls, this.#vital, this.#watches].map((agent) => agent.destroy()));
  }

  async #attempt(request: Request, guard: WriteGuard | undefined): Promise<Answer> {
    const timeoutMs = allowedTime(request, guard);
    const started = this.#options.clock.monotonic();
    const exchange = new Exchange();
    const cancel = this.#options.clock.after(timeoutMs, () => {
      exchange.abort(new Error(`no answer within ${Math.round(timeoutMs)} ms`));
    });
    const abort = (): void => {
      exchange.abort(request.signal?.reason as Error);
    };
    request.signal?.addEventListener('abort', abort, { once: true });
    try {
      if (request.signal?.aborted === true) abort();
      else exchange.send(request.isVital === true ? this.#vital : this.#calls, this.#outgoing(request));
      const answer = await exchange.answer;
      this.#count(request, String(answer.statusCode), started);
      if (answer.statusCode >= 300) throw this.#refusal(request, answer, answer.body.toString('utf8'));
      return answer;
    } catch (error) {
      if (error instanceof ApiError) throw error;
      this.#count(request, 'error', started);
      throw new ApiUnreachable(request.path, error);
    } finally {
      cancel();
      request.signal?.removeEventListener('abort', abort);
    }
  }

  async #outgoing(request: Request): Promise<Dispatcher.RequestOptions> {
    const { credentials, userAgent } = this.#options;
    const headers: Record<string, string> = {
      'user-agent': userAgent,
      accept: request.accept ?? 'application/json',
    };
    const authorization = await credentials.authorization();
    if (authorization !== undefined) headers['authorization'] = authorization;
    const outgoing = { origin: credentials.server, path: request.path, method: request.method, headers };
    if (request.body === undefined) return outgoing;
    headers['content-type'] = request.contentType ?? 'application/json';
    return { ...outgoing, body: JSON.stringify(request.body) };
  }

  #refusal(
    request: Request,
    answer: Pick<Dispatcher.ResponseData, 'statusCode' | 'headers'>,
    text: string,
  ): ApiError {
    if (answer.statusCode === 401) this.#options.credentials.renew();
    const refusal = parseRefusal(text);
    const seconds = Number(answer.headers['retry-after'] ?? Number.NaN);
    return new ApiError({
      ...refusal,
      status: answer.statusCode,
      reason: refusal.reason ?? 'Unknown',
      message: refusal.message ?? text.slice(0, 200),
      path: request.path.split('?', 1)[0] ?? request.path,
      ...(Number.isFinite(seconds) ? { retryAfterMs: seconds * 1_000 } : {}),
    });
  }

  #retryAfter(request: Request, error: unknown, attempt: number): number | undefined {
    if (!isRetriable(request, error)) return undefined;
    const backoff = backoffMs(attempt, RETRY_BACKOFF, this.#options.random);
    const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    return asked > RETRY_AFTER_LIMIT_MS ? undefined : asked + backoff;
  }

  #count(request: Request, code: string, started: number): void {
    const seconds = (this.#options.clock.monotonic() - started) / 1_000;
    this.#options.onCall?.({ verb: request.verb, resource: request.resource, code, seconds });
  }
}

function allowedTime(request: Request, guard: WriteGuard | undefined): number {
  const timeoutMs = request.timeoutMs ?? TIMEOUT_MS;
  if (request.method === 'GET' || guard === undefined) return timeoutMs;
  const safeMs = guard();
  if (safeMs <= 0) throw new WriteFenced(request.path);
  return Math.min(timeoutMs, safeMs);
}

/** 429 was refused before anything happened; other failures may have had their effect. */
function isRetriable(request: Request, error: unknown): boolean {
  if (error instanceof ApiUnreachable) return request.idempotent;
  if (!(error instanceof ApiError)) return false;
  if (error.status === 429) return true;
  if (error.status === 401) return true;
  return request.idempotent && error.status >= 500 && error.status !== 501;
}
