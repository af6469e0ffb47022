import type { Logger } from '@careplane/kit';
import { circuitBreaker, handleWhen, SamplingBreaker } from 'cockatiel';
import type { Dispatcher } from 'undici';
import { failureOf } from './failure.ts';

/** At least five calls in five seconds, half of them failed for good, open the circuit. */
const BREAKER = { threshold: 0.5, duration: 5_000, minimumRps: 1 };
/** A proxy, or a service that has lost what it needs and does not say so by 503. */
const BROKEN = new Set([502, 504]);
/** Callers whose failures are told apart; more make the circuit no wiser. */
const CALLERS = 1_000;

/** Judges a backend by what callers get, and refuses calls for a while when half of it is its own fault. */
export interface Circuit {
  /** @throws BrokenCircuitError while it is open */
  execute(caller: string, call: () => Promise<Dispatcher.ResponseData>): Promise<Dispatcher.ResponseData>;
}

/**
 * Counts what no caller can provoke: no connection, no answer in time, 502, 504. A caller can provoke 500 by what it sends, so one
 * caller's 500s count once in a window, however many there are. Overload (429, 503) is an answer, a refusal (4xx) too, and a client that
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
      const { answer } = await policy.execute(async (): Promise<Judged> => {
        const answer = await call();
        const { statusCode } = answer;
        return { answer, isFault: BROKEN.has(statusCode) || (statusCode === 500 && isNewFor(caller)) };
      });
      return answer;
    },
  };
}

interface Judged {
  readonly answer: Dispatcher.ResponseData;
  readonly isFault: boolean;
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
