import { createHmac } from 'node:crypto';
import { TooManyRequests } from '@careplane/kit';
import type { Cache } from '@careplane/kit';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { IdentityConfig } from '../config.ts';

/** Slows down guessing: failed logins per account and address, and per address. */
export interface LoginLimit {
  /** Counts an attempt. @throws TooManyRequests when there were too many. */
  attempt(login: { account: string; address: string }): Promise<Attempt>;
}

/** An attempt that was counted. */
export interface Attempt {
  /** It was no guess: takes the count back. */
  succeeded(): Promise<void>;
}

export interface LoginLimitOptions {
  readonly config: IdentityConfig;
  readonly cache: Cache;
  /** Keys in Redis name nobody. */
  readonly key: Buffer;
}

/**
 * Counts in Redis, shared by the replicas; while Redis is away each replica counts in its own memory. Attempts are counted
 * before the password is looked at, so that a burst cannot slip through between looking and counting.
 */
export function createLoginLimit({ config, cache, key }: LoginLimitOptions): LoginLimit {
  const make = (name: string, points: number): RateLimiterAbstract => {
    const shared = { keyPrefix: `${cache.keyPrefix}login-${name}`, points, duration: config.LOGIN_WINDOW_S };
    return new RateLimiterRedis({
      ...shared,
      storeClient: cache.client,
      insuranceLimiter: new RateLimiterMemory(shared),
    });
  };
  const perAccount = make('account', config.LOGIN_FAILURES);
  const perAddress = make('address', config.LOGIN_FAILURES_PER_ADDRESS);
  const hide = (value: string): string => createHmac('sha256', key).update(value).digest('base64url');
  return {
    async attempt({ account, address }): Promise<Attempt> {
      const accountKey = hide(`${account}|${address}`);
      const addressKey = hide(address);
      await consume(perAddress, addressKey);
      await consume(perAccount, accountKey);
      return {
        async succeeded(): Promise<void> {
          await perAccount.delete(accountKey);
          await perAddress.reward(addressKey);
        },
      };
    },
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
