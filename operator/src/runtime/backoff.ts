export interface BackoffLimits {
  /** Milliseconds after the first failure. */
  baseMs: number;
  /** Never more than these milliseconds. */
  capMs: number;
}

/** Of a reconcile that failed: 100 ms, doubling, at most a minute. */
export const RECONCILE_BACKOFF: BackoffLimits = { baseMs: 100, capMs: 60_000 };

/** Exponential backoff with equal jitter. `failures` counts from 1; `random` is in [0, 1). */
export function backoffMs(failures: number, limits: BackoffLimits, random: () => number): number {
  // 2^30 is beyond any cap in use; the bound keeps the power finite.
  const whole = Math.min(limits.capMs, limits.baseMs * 2 ** Math.min(failures - 1, 30));
  return whole / 2 + (whole / 2) * random();
}

/** A duration spread over +-20 %, so that what is periodic does not come all at once. */
export function spread(ms: number, random: () => number): number {
  return ms * (0.8 + 0.4 * random());
}
