import type { Cache } from '@careplane/kit';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

export interface LimiterOptions {
  /** Of its keys in Redis. */
  readonly name: string;
  /** How many in a window, and how long that is in seconds. */
  readonly points: number;
  readonly duration: number;
}

/** A count in Redis for all replicas together; while that is away, each replica counts for itself. */
export function createLimiter(cache: Cache, { name, points, duration }: LimiterOptions): RateLimiterRedis {
  const shared = { keyPrefix: `${cache.keyPrefix}${name}`, points, duration };
  return new RateLimiterRedis({
    ...shared,
    storeClient: cache.client,
    insuranceLimiter: new RateLimiterMemory(shared),
  });
}

/** Counts one more. @returns whether it is within the limit */
export async function isWithin(limiter: RateLimiterRedis, key: string): Promise<boolean> {
  try {
    await limiter.consume(key);
    return true;
  } catch (error) {
    if (error instanceof RateLimiterRes) return false;
    throw error;
  }
}
