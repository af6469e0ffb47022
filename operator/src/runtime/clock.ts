/** Time as the machinery sees it; tests hand in a clock that they turn by hand. */
export interface Clock {
  /** Milliseconds on a monotonic scale: for durations and deadlines. */
  monotonic(): number;
  /** Milliseconds since the epoch: for what other machines read. */
  wall(): number;
  /** Calls back once after the milliseconds, or after {@link LONGEST_MS} if they are more; returns what cancels it. */
  after(ms: number, callback: () => void): () => void;
}

/** Node keeps the time of a timer in 31 bits, and calls back at once what would take longer (24.8 days). */
const LONGEST_MS = 2 ** 31 - 1;

function machineClock({ keepsAlive }: { keepsAlive: boolean }): Clock {
  return {
    monotonic: () => performance.now(),
    wall: () => Date.now(),
    after: (ms, callback) => {
      const timer = setTimeout(callback, Math.min(ms, LONGEST_MS));
      if (!keepsAlive) timer.unref();
      return () => {
        clearTimeout(timer);
      };
    },
  };
}

/** The machine's own time. Its timers do not keep a finished program alive. */
export const systemClock = machineClock({ keepsAlive: false });

/** As {@link systemClock}, for a command that waits and has nothing else that keeps it alive: its timers do. */
export const commandClock = machineClock({ keepsAlive: true });

/** Resolves after the milliseconds, or at once when the signal is aborted; never rejects. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
