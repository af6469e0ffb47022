import { request } from 'undici';
import type { Dispatcher } from 'undici';
import type { z } from 'zod';
import type { ServiceContext } from '../context.ts';
import { inSpan, traceHeaders } from '../observe/tracing.ts';
import { backoffMs, pause } from '../resilience/backoff.ts';
import { createRetryBudget } from '../resilience/retry-budget.ts';
import type { RetryBudget } from '../resilience/retry-budget.ts';

/** A call to another service failed. `status` 0: no answer came. The message names the service and the status only. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
  readonly service: string;
  readonly status: number;

  constructor(service: string, status: number, cause?: unknown) {
    super(`${service} answered ${status === 0 ? 'nothing' : String(status)}`, { cause });
    this.service = service;
    this.status = status;
  }

  /** Whether the same call may succeed later. */
  get retryable(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export interface InternalClient {
  /**
   * GETs a path under `/internal/` of the service, which knows this one by its certificate.
   * @throws CallFailed for no answer, a status other than 200, or an answer of another shape (status 502).
   */
  getJson<S extends z.ZodType>(path: string, schema: S, options?: CallOptions): Promise<z.infer<S>>;
  /** The same by POST, for a question that is too long for a path: what answers it changes nothing, since it may be sent again. */
  postJson<S extends z.ZodType>(
    path: string,
    body: object,
    schema: S,
    options?: CallOptions,
  ): Promise<z.infer<S>>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Per attempt. Default 2,000. */
  readonly timeoutMs?: number;
}

const ATTEMPTS = 3;
const BACKOFF = { baseMs: 50, capMs: 1_000 };

/** A client of a called service's internal paths. */
export function createInternalClient(
  ctx: Pick<ServiceContext, 'calls' | 'transport'>,
  service: string,
): InternalClient {
  const base = ctx.calls.url(service);
  const budget = createRetryBudget({ ratio: 0.1, reserve: 10 });
  const { dispatcher } = ctx.transport;
  const ask = async <S extends z.ZodType>(
    target: Omit<Target, 'service' | 'dispatcher'>,
    schema: S,
    options: CallOptions = {},
  ): Promise<z.infer<S>> => {
    const parsed = schema.safeParse(
      await withRetries(budget, options.signal, () =>
        inSpan(`${target.method} ${service}`, { kind: 'client' }, () =>
          askOnce({ service, dispatcher, ...target }, options),
        ),
      ),
    );
    if (!parsed.success) throw new CallFailed(service, 502);
    return parsed.data;
  };
  return {
    getJson: (path, schema, options) => ask({ method: 'GET', url: `${base}${path}` }, schema, options),
    postJson: (path, body, schema, options) =>
      ask({ method: 'POST', url: `${base}${path}`, body: JSON.stringify(body) }, schema, options),
  };
}

interface Target {
  readonly service: string;
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** JSON. */
  readonly body?: string;
  readonly dispatcher: Dispatcher;
}

async function withRetries<T>(
  budget: RetryBudget,
  signal: AbortSignal | undefined,
  call: () => Promise<T>,
): Promise<T> {
  budget.deposit();
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      const again = error instanceof CallFailed && error.retryable && attempt + 1 < ATTEMPTS;
      if (!again || signal?.aborted) throw error;
      if (!isUnheard(error) && !budget.withdraw()) throw error;
      await pause(backoffMs(attempt, BACKOFF), signal);
    }
  }
}

/** Connections that a peer refuses, or has closed: a pod that ended, or began anew. */
const UNHEARD = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/**
 * Whether nobody has worked for a call. Another attempt is no load, and takes nothing from the budget: else a restart of the peer
 * empties it, and for long after it each connection that closes is an error.
 */
function isUnheard({ status, cause }: CallFailed): boolean {
  const { code } = (cause ?? {}) as { readonly code?: unknown };
  return status === 0 && typeof code === 'string' && UNHEARD.has(code);
}

async function askOnce(target: Target, options: CallOptions): Promise<unknown> {
  const late = new AbortController(); // not AbortSignal.timeout, which stays until its time is over
  const timer = setTimeout(() => {
    late.abort();
  }, options.timeoutMs ?? 2_000);
  let status = 0;
  try {
    const { method, url, dispatcher } = target;
    const { statusCode, body } = await request(url, {
      method,
      dispatcher,
      headers: { ...traceHeaders(), accept: 'application/json', ...typeOf(target) },
      ...(target.body === undefined ? {} : { body: target.body }),
      signal: options.signal ? AbortSignal.any([options.signal, late.signal]) : late.signal,
    });
    status = statusCode;
    if (status === 200) return await body.json();
    await body.dump();
  } catch (error) {
    throw new CallFailed(target.service, status === 200 ? 502 : status, error);
  } finally {
    clearTimeout(timer);
  }
  throw new CallFailed(target.service, status);
}

function typeOf({ body }: Target): Record<string, string> {
  return body === undefined ? {} : { 'content-type': 'application/json' };
}
