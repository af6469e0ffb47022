import { Unavailable } from '@careplane/kit';

/** Lets a bounded number of jobs run at once and a bounded number wait. */
export type Gate = <T>(job: () => Promise<T>) => Promise<T>;

/** @throws Unavailable (the returned gate) when the queue is full: better a quick 503 than a minute's wait. */
export function createGate(limit: { concurrency: number; queue: number }): Gate {
  const waiting: (() => void)[] = [];
  let running = 0;
  const enter = async (): Promise<void> => {
    if (running < limit.concurrency) {
      running += 1;
      return;
    }
    if (waiting.length >= limit.queue) throw new Unavailable(2);
    await new Promise<void>((resolve) => waiting.push(resolve)); // the place is handed over, `running` stays
  };
  const leave = (): void => {
    const next = waiting.shift();
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
