import { createHmac } from 'node:crypto';
import { addressBlock, TooManyRequests } from '@careplane/kit';
import type { Cache } from '@careplane/kit';
import { RateLimiterRes } from 'rate-limiter-flexible';
import { createLimiter } from './limiter.ts';

/** How often strangers may send a form whose password is to be judged: that takes the event loop, which nobody else has then. */
export interface FormLimits {
  /** Before anything is read of the form. @throws TooManyRequests */
  take(address: string): Promise<void>;
}

const SECONDS = 60;

/** @param perMinute from one network */
export function createFormLimits(cache: Cache, key: Buffer, perMinute: number): FormLimits {
  const limiter = createLimiter(cache, { name: 'forms', points: perMinute, duration: SECONDS });
  return {
    async take(address): Promise<void> {
      try {
        await limiter.consume(createHmac('sha256', key).update(addressBlock(address)).digest('base64url'));
      } catch (error) {
        if (error instanceof RateLimiterRes) throw new TooManyRequests(error.msBeforeNext / 1000);
        throw error;
      }
    },
  };
}
