import { performance } from 'node:perf_hooks';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';

/** Work that goes on until it is ended. */
export interface Load {
  readonly done: () => number;
  readonly failures: () => readonly unknown[];
  /** Lets what is under way end; resolves with the failures. */
  end(): Promise<readonly unknown[]>;
}

/** Repeats an operation in `lanes` at once, each as fast as it is answered. */
export function startLoad(lanes: number, operation: () => Promise<unknown>): Load {
  const failures: unknown[] = [];
  let done = 0;
  let going = true;
  const lane = async (): Promise<void> => {
    while (going) {
      try {
        await operation();
        done += 1;
      } catch (error) {
        failures.push(error);
      }
      await turn(); // an operation that fails at once must not keep everything else from running
    }
  };
  const running = Promise.all(Array.from({ length: lanes }, lane));
  return {
    done: () => done,
    failures: () => failures,
    async end(): Promise<readonly unknown[]> {
      going = false;
      await running;
      return failures;
    },
  };
}

/** Resolves when the load has done this many more operations: what was begun before has been answered since. */
export async function moreOf(load: Load, operations: number): Promise<void> {
  const goal = load.done() + operations;
  const deadline = performance.now() + 30_000;
  while (load.done() < goal) {
    if (performance.now() > deadline) throw new Error(`the load stands still at ${String(load.done())}`);
    await delay(10);
  }
}
