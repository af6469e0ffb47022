import { Unavailable } from '@careplane/kit';
import { bulkhead, BulkheadRejectedError, TaskCancelledError } from 'cockatiel';

/** Runs a job when there is room for it. */
export type Bulkhead = <T>(job: () => Promise<T>) => Promise<T>;

export interface BulkheadLimits {
  /** How many jobs run at once. */
  readonly concurrency: number;
  /** How many may wait. */
  readonly queue: number;
  /** How long one may wait, in milliseconds. */
  readonly waitMs: number;
}

/** @throws Unavailable (what is returned) when the queue is full or the wait too long: its caller would be gone anyway */
export function createBulkhead({ concurrency, queue, waitMs }: BulkheadLimits): Bulkhead {
  const policy = bulkhead(concurrency, queue);
  return async (job) => {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const waiting = new AbortController();
    const timer = setTimeout(() => {
      waiting.abort();
      reject(new Unavailable(2)); // cockatiel itself says so only when the job's turn comes
    }, waitMs);
    const run = policy.execute(() => {
      clearTimeout(timer);
      return job();
    }, waiting.signal);
    try {
      return await Promise.race([run, late]);
    } catch (error) {
      if (error instanceof BulkheadRejectedError || error instanceof TaskCancelledError)
        throw new Unavailable(2);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
}
