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
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Per attempt. Default 2,000. */
  readonly timeoutMs?: number;
}

const ATTEMPTS = 3;
const BACKOFF = { baseMs: 50, capMs: 1_000 };

/** A client of a called service's internal paths. */
export function createInternalClient(ctx: ServiceContext, service: string): InternalClient {
  const base = ctx.calls.url(service);
  const budget = createRetryBudget({ ratio: 0.1, reserve: 10 });
  return {
    async getJson(path, schema, options = {}) {
      const parsed = schema.safeParse(
        await withRetries(budget, options.signal, () =>
          inSpan(`GET ${service}`, { kind: 'client' }, () =>
            getOnce({ service, url: `${base}${path}`, dispatcher: ctx.transport.dispatcher }, options),
          ),
        ),
      );
      if (!parsed.success) throw new CallFailed(service, 502);
      return parsed.data;
    },
  };
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
      if (!again || signal?.aborted || !budget.withdraw()) throw error;
      await pause(backoffMs(attempt, BACKOFF), signal);
    }
  }
}

async function getOnce(
  target: { service: string; url: string; dispatcher: Dispatcher },
  options: CallOptions,
): Promise<unknown> {
  const late = new AbortController(); // not AbortSignal.timeout, which stays until its time is over
  const timer = setTimeout(() => {
    late.abort();
  }, options.timeoutMs ?? 2_000);
  let status = 0;
  try {
    const { statusCode, body } = await request(target.url, {
      dispatcher: target.dispatcher,
      headers: { ...traceHeaders(), accept: 'application/json' },
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
