import type { Redis } from 'ioredis';
import type { Cache } from '../redis/connect.ts';

/** A cache in this process that counts as rate-limiter-flexible has Redis count; it can nothing else, and no count of it expires. */
export interface CountingCache extends Cache {
  readonly counts: ReadonlyMap<string, number>;
  /** How often it was asked for anything. */
  asked(): number;
  /** From now on it is away, or there again. */
  setAway(isAway: boolean): void;
}

export function createCountingCache(keyPrefix = 'clinic:'): CountingCache {
  const counts = new Map<string, number>();
  let asked = 0;
  let isAway = false;
  const answer = async <T>(value: () => T): Promise<T> => {
    asked += 1;
    if (isAway) return Promise.reject(new Error('Connection is closed.'));
    return Promise.resolve(value());
  };
  const client = {
    rlflxIncr: ([key = '', points, seconds]: readonly string[]): Promise<[number, number]> =>
      answer(() => {
        const count = (counts.get(key) ?? 0) + Number(points);
        counts.set(key, count);
        return [count, 1_000 * Number(seconds)];
      }),
    del: (key: string): Promise<number> => answer(() => (counts.delete(key) ? 1 : 0)),
  };
  return {
    client: client as unknown as Redis,
    keyPrefix,
    counts,
    asked: () => asked,
    setAway(value): void {
      isAway = value;
    },
  };
}
