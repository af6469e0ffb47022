import { createHmac } from 'node:crypto';
import { addressBlock, pause } from '@careplane/kit';
import type { Cache } from '@careplane/kit';
import { RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { IdentityConfig } from '../config.ts';
import { createLimiter } from './limiter.ts';

/** An attempt to log in, as far as limits go. */
export interface AttemptAt {
  readonly account: string;
  readonly address: string;
  /** The mark of a browser that the account knows. */
  readonly device: string | undefined;
}

/** Slows down guessing, and never whom it does not concern. */
export interface LogInLimits {
  /** Counts an attempt. @returns how many seconds to wait when there were too many, else what to say of its success */
  attempt(at: AttemptAt): Promise<{ readonly wait: number } | { succeeded(): Promise<void> }>;
}

/**
 * Three counts, in Redis; while it is away each replica has its own. A known browser has a count of its own for its account, so
 * that nobody can lock its owner out. Unknown ones share one count for each account, from wherever they come. An address with many
 * failures is let through one attempt a second: it may be a whole clinic's.
 */
export function createLogInLimits(options: {
  config: IdentityConfig;
  cache: Cache;
  key: Buffer;
}): LogInLimits {
  const { config, cache, key } = options;
  const limiter = (name: string, points: number, duration: number): RateLimiterAbstract =>
    createLimiter(cache, { name: `log-in-${name}`, points, duration });
  const window = config.LOGIN_WINDOW_S;
  const known = limiter('known', config.LOGIN_FAILURES, window);
  const account = limiter('any', config.LOGIN_FAILURES, window);
  const address = limiter('from', config.LOGIN_FAILURES_PER_ADDRESS, window);
  const slow = limiter('slow', 1, 1);
  const hide = (text: string): string => createHmac('sha256', key).update(text).digest('base64url');
  return {
    async attempt(at) {
      const from = hide(addressBlock(at.address));
      const [counter, subject] =
        at.device === undefined ? [account, hide(at.account)] : [known, hide(`${at.account}|${at.device}`)];
      const wait = await consume(counter, subject);
      if (wait !== undefined) return { wait };
      if (at.device === undefined && (await consume(address, from)) !== undefined) {
        const late = await inTurn(slow, from);
        if (late !== undefined) return { wait: late };
      }
      return {
        async succeeded(): Promise<void> {
          await counter.delete(subject);
          if (at.device === undefined) await address.reward(from);
        },
      };
    },
  };
}

/** How often an attempt of a slowed address tries to get its second. */
const TURNS = 5;

async function inTurn(limiter: RateLimiterAbstract, subject: string): Promise<number | undefined> {
  for (let turn = 0; ; turn += 1) {
    const wait = await consume(limiter, subject);
    if (wait === undefined || turn === TURNS) return wait;
    await pause(wait * 1000 * (1 + Math.random() / 4));
  }
}

async function consume(limiter: RateLimiterAbstract, key: string): Promise<number | undefined> {
  try {
    await limiter.consume(key);
    return undefined;
  } catch (error) {
    if (error instanceof RateLimiterRes) return error.msBeforeNext / 1000;
    throw error;
  }
}
