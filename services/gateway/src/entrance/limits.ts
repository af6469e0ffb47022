import { TooManyRequests } from '@careplane/kit';
import type { Cache } from '@careplane/kit';
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

/** Counts in Redis for all replicas together; while Redis is away, each replica counts for itself. */
export function createLimits(config: GatewayConfig, cache: Cache): Limits {
  const make = (name: string, points: number): RateLimiterAbstract => {
    const shared = { keyPrefix: `${cache.keyPrefix}limit-${name}`, points, duration: config.LIMIT_WINDOW_S };
    return new RateLimiterRedis({
      ...shared,
      storeClient: cache.client,
      inMemoryBlockOnConsumed: points + 1, // who is over the limit costs no call to Redis
      insuranceLimiter: new RateLimiterMemory(shared),
    });
  };
  const users = make('user', config.USER_LIMIT);
  const addresses = make('address', config.ADDRESS_LIMIT);
  return {
    user: (sub) => consume(users, sub),
    address: (address) => consume(addresses, address),
  };
}

async function consume(limiter: RateLimiterAbstract, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (error) {
    if (error instanceof RateLimiterRes) throw new TooManyRequests(error.msBeforeNext / 1000);
    throw error;
  }
}
