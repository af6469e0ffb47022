import { Unavailable } from '@careplane/kit';

/** Lets a bounded number of jobs run at once, and a bounded number wait for a bounded time. */
export type Gate = <T>(job: () => Promise<T>) => Promise<T>;

export interface GateLimits {
  readonly concurrency: number;
  /** How many may wait. */
  readonly queue: number;
  /** How long one may wait, in milliseconds. */
  readonly waitMs: number;
}

/** @throws Unavailable (the returned gate) when the queue is full or the wait too long: its caller would be gone anyway. */
export function createGate(limits: GateLimits): Gate {
  const waiting = new Set<() => void>();
  let running = 0;
  const enter = async (): Promise<void> => {
    if (running < limits.concurrency) {
      running += 1;
      return;
    }
    if (waiting.size >= limits.queue) throw new Unavailable(2);
    await turn(waiting, limits.waitMs); // the place is handed over, `running` stays
  };
  const leave = (): void => {
    const [next] = waiting;
    if (next) next();
    else running -= 1;
  };
  return async (job) => {
    await enter();
    try {
      return await job();
    } finally {
      leave();
    }
  };
}

/** Waits in the set (which keeps its order) until called; leaves it by itself when that takes too long. */
function turn(waiting: Set<() => void>, waitMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const proceed = (): void => {
      clearTimeout(timer);
      waiting.delete(proceed);
      resolve();
    };
    const timer = setTimeout(() => {
      waiting.delete(proceed);
      reject(new Unavailable(2));
    }, waitMs);
    waiting.add(proceed);
  });
}
