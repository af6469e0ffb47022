import type { Logger } from '@careplane/kit';
import { circuitBreaker, handleWhen, SamplingBreaker } from 'cockatiel';
import type { Dispatcher } from 'undici';
import { failureOf } from './failure.ts';
import type { Failure } from './failure.ts';

/** At least five calls in five seconds, half of them failed for good, open the circuit. */
const BREAKER = { threshold: 0.5, duration: 5_000, minimumRps: 1 };
/** A proxy, or a service that has lost what it needs and does not say so by 503. */
const BAD_GATEWAY = 502;
/** What a caller can provoke: a fault, an answer that takes too long, one whose headers repeat too much of what was asked. */
const PROVOKED = new Set([500, 504]);
const PROVOKED_FAILURES: ReadonlySet<Failure> = new Set<Failure>(['late', 'unknown']);
/** Callers whose failures are told apart; more make the circuit no wiser. */
const CALLERS = 1_000;

/** Judges a backend by what callers get, and refuses calls for a while when half of it is its own fault. */
export interface Circuit {
  /** @throws BrokenCircuitError while it is open */
  execute(caller: string, call: () => Promise<Dispatcher.ResponseData>): Promise<Dispatcher.ResponseData>;
}

/**
 * Counts what no caller can provoke: no connection, 502. A caller can provoke 500, lateness and an answer that cannot be read by
 * what it asks for, so one caller's 500s, 504s, late and unreadable answers count once in a window, however many there are. Overload (429, 503) is an answer, a refusal (4xx) too, and a client that
 * goes away says nothing.
 */
export function createCircuit(openMs: number, logger: Logger, backend: string): Circuit {
  const isNewFor = firstOfCaller(BREAKER.duration);
  const faults = handleWhen((error) => failureOf(error) !== 'aborted').orWhenResult(
    (result) => (result as Judged).isFault,
  );
  const policy = circuitBreaker(faults, { halfOpenAfter: openMs, breaker: new SamplingBreaker(BREAKER) });
  policy.onBreak(() => {
    logger.warn('circuit opened', { backend });
  });
  policy.onReset(() => {
    logger.info('circuit closed', { backend });
  });
  return {
    async execute(caller, call): Promise<Dispatcher.ResponseData> {
      const judged = await policy.execute(async (): Promise<Judged> => {
        try {
          const answer = await call();
          return { answer, isFault: isFault(answer.statusCode, () => isNewFor(caller)) };
        } catch (error) {
          if (!PROVOKED_FAILURES.has(failureOf(error)) || isNewFor(caller)) throw error;
          return { failure: error, isFault: false };
        }
      });
      if ('failure' in judged) throw judged.failure;
      return judged.answer;
    },
  };
}

type Judged = { readonly isFault: boolean } & (
  { readonly answer: Dispatcher.ResponseData } | { readonly failure: unknown }
);

function isFault(status: number, isNew: () => boolean): boolean {
  return status === BAD_GATEWAY || (PROVOKED.has(status) && isNew());
}

/** Whether a caller has not failed yet in this window. */
function firstOfCaller(windowMs: number, now: () => number = Date.now): (caller: string) => boolean {
  let seen = new Set<string>();
  let until = 0;
  return (caller) => {
    if (now() >= until) {
      seen = new Set();
      until = now() + windowMs;
    }
    if (seen.has(caller) || seen.size >= CALLERS) return false;
    seen.add(caller);
    return true;
  };
}
