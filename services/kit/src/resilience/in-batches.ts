import { AsyncResource } from 'node:async_hooks';
import DataLoader from 'dataloader';

export interface BatchOptions {
  /** How long those who come while an answer is under way wait for it, in milliseconds. */
  readonly patienceMs?: number;
  /** Keys in one question; more are several. */
  readonly most?: number;
}

/** Less than anybody notices, and longer than an answer takes on a machine that is not overloaded. */
const PATIENCE_MS = 20;
const MOST = 1_000;

/**
 * A question about one key that is put for many at once: for all who ask in one turn of the event loop, and for all who come while an
 * answer is under way. So the busier it is, the less a key costs. Nothing is remembered: an answer is asked for after everybody who
 * gets it has come. One that does not come holds those after it up for the patience and no longer.
 * @param ask gives for each key its answer, or the error that is this key's alone, in the order of the keys
 */
export function inBatches<K, V>(
  ask: (keys: readonly K[]) => Promise<readonly (V | Error)[]>,
  { patienceMs = PATIENCE_MS, most = MOST }: BatchOptions = {},
): (key: K) => Promise<V> {
  const turns = createTurns(patienceMs);
  const loader = new DataLoader<K, V>((keys) => turns.run(() => ask(keys)), {
    cache: false,
    maxBatchSize: most,
    batchScheduleFn: turns.next,
  });
  return (key) => loader.load(key);
}

interface Turns {
  /** Lets somebody go once what is under way has ended, or the patience has. */
  readonly next: (go: () => void) => void;
  /** Does what is under way then. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

function createTurns(patienceMs: number): Turns {
  let underWay = 0;
  const waiting = new Set<() => void>();
  return {
    next: (go) => {
      const inItsTrace = AsyncResource.bind(go);
      if (underWay === 0) {
        setImmediate(inItsTrace); // when all sockets that are readable now have been read
        return;
      }
      const leave = (): void => {
        clearTimeout(timer);
        waiting.delete(leave);
        setImmediate(inItsTrace);
      };
      const timer = setTimeout(leave, patienceMs);
      waiting.add(leave);
    },
    async run(work) {
      underWay += 1;
      try {
        return await work();
      } finally {
        underWay -= 1;
        for (const leave of [...waiting]) leave();
      }
    },
  };
}
