import { TooManyRequests } from '@careplane/kit';
import type { Cache } from '@careplane/kit';
import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { GatewayConfig } from '../config.ts';

/** Counts requests. */
export interface Limits {
  /** @throws TooManyRequests. */
  user(sub: string): Promise<void>;
  /** @throws TooManyRequests. */
  address(address: string): Promise<void>;
}

/** A limit is counted in Redis in so many parts, not one by one: the call would be a tenth of what a request costs. */
const PARTS = 200;
/** Callers whose rest of a part is remembered. */
const CALLERS = 10_000;

/**
 * Counts in Redis for all replicas together, a part of the limit at a time (a large limit is exact to one part for each replica, a
 * small one to the request); while Redis is away, each replica counts for itself.
 */
export function createLimits(config: GatewayConfig, cache: Cache): Limits {
  const make = (name: string, points: number): ((key: string) => Promise<void>) => {
    const shared = { keyPrefix: `${cache.keyPrefix}limit-${name}`, points, duration: config.LIMIT_WINDOW_S };
    return inParts(
      new RateLimiterRedis({
        ...shared,
        storeClient: cache.client,
        inMemoryBlockOnConsumed: points + 1, // who is over the limit costs no call to Redis
        insuranceLimiter: new RateLimiterMemory(shared),
      }),
      Math.max(1, Math.floor(points / PARTS)),
    );
  };
  const users = make('user', config.USER_LIMIT);
  const addresses = make('address', config.ADDRESS_LIMIT);
  return { user: users, address: addresses };
}

/** Takes a part of the limit, and lets so many requests in before it takes the next; what is left ends with the window. */
function inParts(limiter: RateLimiterAbstract, part: number): (key: string) => Promise<void> {
  const left = new LRUCache<string, { requests: number }>({ max: CALLERS });
  const pending = new Map<string, Promise<void>>();
  const take = async (key: string): Promise<void> => {
    try {
      const { msBeforeNext } = await consume(limiter, key, part);
      if (part > 1) left.set(key, { requests: part - 1 }, { ttl: Math.max(1, msBeforeNext) });
    } finally {
      pending.delete(key);
    }
  };
  return async (key) => {
    for (;;) {
      const rest = left.get(key);
      if (rest && rest.requests > 0) {
        rest.requests -= 1;
        return;
      }
      const taking = part > 1 ? pending.get(key) : undefined;
      if (!taking) break;
      await taking; // those who come together share one part
    }
    const taking = take(key);
    pending.set(key, taking);
    await taking;
  };
}

async function consume(limiter: RateLimiterAbstract, key: string, points: number): Promise<RateLimiterRes> {
  try {
    return await limiter.consume(key, points);
  } catch (error) {
    if (error instanceof RateLimiterRes) throw new TooManyRequests(error.msBeforeNext / 1000);
    throw error;
  }
}
