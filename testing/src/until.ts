import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  /** Milliseconds before giving up; default 20 s, so that the words come before jest's own 30 s for a test. */
  deadlineMs?: number;
  /** Milliseconds between tries; default 50. */
  everyMs?: number;
  /** What is waited for, in the error's words. */
  what: string;
  /** Says why waiting on is in vain; asked before each try, ends the wait with these words. */
  hopeless?: () => string | undefined;
}

/**
 * Tries again until `probe` resolves to something other than `undefined` and `false`, and returns that.
 * A throw counts as "not yet"; after the deadline the last one is the cause of the error.
 */
export async function until<T>(
  probe: () => Promise<T | undefined | false>,
  options: UntilOptions,
): Promise<T> {
  const deadline = performance.now() + (options.deadlineMs ?? 20_000);
  let last: unknown;
  for (;;) {
    const reason = options.hopeless?.();
    if (reason !== undefined)
      throw new Error(`waited in vain for ${options.what}: ${reason}`, { cause: last });
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) throw new Error(`waited in vain for ${options.what}`, { cause: last });
    await delay(options.everyMs ?? 50);
  }
}
