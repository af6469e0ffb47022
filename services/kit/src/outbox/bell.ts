/** Wakes one sleeper. */
export interface Bell {
  /** `look` is what the sleeper's `wait` resolves with. Without a sleeper nothing happens. */
  ring(look: boolean): void;
  /** Sleeps until the bell rings, or `ms` have passed (then true). */
  wait(ms: number): Promise<boolean>;
}

/** A bell nobody sleeps by yet. */
export function createBell(): Bell {
  let wake: ((look: boolean) => void) | undefined;
  return {
    ring: (look) => wake?.(look),
    wait: (ms) =>
      new Promise((resolve) => {
        const done = (look: boolean): void => {
          clearTimeout(timer);
          wake = undefined;
          resolve(look);
        };
        const timer = setTimeout(done, ms, true);
        wake = done;
      }),
  };
}
