import { describe, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import type { Cache } from '@careplane/kit';
import { identityConfig } from '../config.ts';
import { createLogInLimits } from './log-in-limits.ts';
import type { AttemptAt } from './log-in-limits.ts';

describe('the limits of log-ins', () => {
  const away = (): Promise<never> => Promise.reject(new Error('the cache is away'));
  const client = { defineCommand: () => undefined, rlflxIncr: away, del: away } as unknown as Cache['client'];
  const limits = createLogInLimits({
    config: identityConfig.parse({}),
    cache: { client, keyPrefix: 'identity:' },
    key: randomBytes(32),
  });
  const attempt = async (over: Partial<AttemptAt> = {}): Promise<number | undefined> => {
    const at = { account: randomUUID(), address: '192.0.2.7', device: undefined, ...over };
    const answer = await limits.attempt(at);
    return 'wait' in answer ? answer.wait : undefined;
  };

  it('lock nobody out behind an address with 200 wrong passwords, also while the cache is away', async () => {
    for (let n = 0; n < 200; n += 1) expect(await attempt()).toBeUndefined();
    expect(await attempt()).toBeUndefined();
    expect(await attempt()).toBeUndefined(); // after a second
    expect(await attempt({ device: 'known' })).toBeUndefined();
  });

  it('count guesses at an account from wherever they come, and not its owner in a known browser', async () => {
    const account = randomUUID();
    for (let n = 0; n < 10; n += 1)
      expect(await attempt({ account, address: `198.51.100.${String(n)}` })).toBeUndefined();
    expect(await attempt({ account, address: '203.0.113.1' })).toBeGreaterThan(1);
    expect(await attempt({ account, address: '203.0.113.1', device: 'known' })).toBeUndefined();
  });
});
