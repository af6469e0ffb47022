import { createHmac } from 'node:crypto';
import type { Cache } from '@careplane/kit';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { networkOf } from './log-in-limits.ts';
import { normalizeEmail } from './login-key.ts';

/** How much mail strangers may cause: to one address three an hour, from one network thirty. */
export interface MailLimits {
  /** @returns `recipient`: no more to this address now (say nothing of it); `network`: no more from there */
  take(at: { email: string; address: string }): Promise<'ok' | 'recipient' | 'network'>;
}

const HOUR_S = 3_600;

export function createMailLimits(cache: Cache, key: Buffer, perNetwork = 30): MailLimits {
  const limiter = (name: string, points: number): RateLimiterRedis => {
    const shared = { keyPrefix: `${cache.keyPrefix}mail-${name}`, points, duration: HOUR_S };
    return new RateLimiterRedis({
      ...shared,
      storeClient: cache.client,
      insuranceLimiter: new RateLimiterMemory(shared),
    });
  };
  const to = limiter('to', 3);
  const from = limiter('from', perNetwork);
  const hide = (text: string): string => createHmac('sha256', key).update(text).digest('base64url');
  return {
    async take({ email, address }) {
      if (!(await isWithin(from, hide(networkOf(address))))) return 'network';
      return (await isWithin(to, hide(normalizeEmail(email)))) ? 'ok' : 'recipient';
    },
  };
}

async function isWithin(limiter: RateLimiterRedis, key: string): Promise<boolean> {
  try {
    await limiter.consume(key);
    return true;
  } catch (error) {
    if (error instanceof RateLimiterRes) return false;
    throw error;
  }
}
