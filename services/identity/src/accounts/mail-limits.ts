import { createHmac } from 'node:crypto';
import { addressBlock } from '@careplane/kit';
import type { Cache } from '@careplane/kit';
import type { RateLimiterRedis } from 'rate-limiter-flexible';
import { createLimiter, isWithin } from './limiter.ts';
import { normalizeEmail } from './login-key.ts';

/** What strangers may cause mail by. Each has budgets of its own, so that a flood of one holds none of the others back. */
export type MailCause = 'register' | 'reset' | 'address';

/**
 * How much mail strangers may cause in an hour, by each cause: from one network thirty, from it to one address three, and to one
 * address twelve from wherever. Notices to owners about their accounts are not counted.
 */
export interface MailLimits {
  /** @returns `recipient`: no more to this address now (say nothing of it); `network`: no more from there */
  take(cause: MailCause, at: { email: string; address: string }): Promise<'ok' | 'recipient' | 'network'>;
}

const HOUR_S = 3_600;
const [FROM_ONE, FROM_ALL] = [3, 12];

export function createMailLimits(cache: Cache, key: Buffer, perNetwork = 30): MailLimits {
  const limiter = (name: string, points: number): RateLimiterRedis =>
    createLimiter(cache, { name: `mail-${name}`, points, duration: HOUR_S });
  const from = limiter('from', perNetwork);
  const fromTo = limiter('from-to', FROM_ONE);
  const to = limiter('to', FROM_ALL);
  const hide = (...texts: string[]): string =>
    createHmac('sha256', key).update(texts.join('\n')).digest('base64url');
  return {
    async take(cause, { email, address }) {
      const [network, recipient] = [addressBlock(address), normalizeEmail(email)];
      if (!(await isWithin(from, hide(cause, network)))) return 'network';
      const isOk =
        (await isWithin(fromTo, hide(cause, network, recipient))) &&
        (await isWithin(to, hide(cause, recipient)));
      return isOk ? 'ok' : 'recipient';
    },
  };
}
