export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * Exponential backoff with full jitter: uniform in [0, min(cap, base * 2^attempt)], at least a tenth of the base.
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 * @param attempt from 0.
 */
export function backoffMs(attempt: number, backoff: Backoff, random: () => number = Math.random): number {
  const ceiling = Math.min(backoff.capMs, backoff.baseMs * 2 ** Math.min(attempt, 30));
  return Math.max(backoff.baseMs / 10, random() * ceiling);
}

/** Waits; resolves early (without error) when the signal is aborted. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** Work did not come within its time, or nobody waits for it any more. It goes on. */
export class TooLate extends Error {
  override readonly name = 'TooLate';
}

/**
 * What the work gives, if it comes within this time and before the signal. The timer and the listener end with the work: signals of
 * `AbortSignal.timeout` and `any` would stay until their time is over, thousands of them in a busy service.
 * @throws TooLate
 */
export async function inTime<T>(work: Promise<T>, ms: number, signal?: AbortSignal): Promise<T> {
  const late = Promise.withResolvers<never>();
  const fail = (): void => {
    late.reject(new TooLate('it did not come in time'));
  };
  const timer = setTimeout(fail, ms);
  signal?.addEventListener('abort', fail, { once: true });
  if (signal?.aborted) fail();
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', fail);
  }
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });
}
