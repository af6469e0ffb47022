import { describe, expect, it } from '@jest/globals';
import { TooManyRequests } from '@careplane/kit';
import { createCountingCache } from '@careplane/kit/testing';
import { gatewayConfig } from '../config.ts';
import { createLimits } from './limits.ts';

const config = gatewayConfig.parse({ USER_LIMIT: 2, ADDRESS_LIMIT: 3, LIMIT_WINDOW_S: 60 });

/** Asks again and again, until refused; says how often it was let in. */
async function untilRefused(ask: () => Promise<void>): Promise<number> {
  for (let letIn = 0; letIn < 10; letIn += 1) {
    try {
      await ask();
    } catch (error) {
      expect(error).toBeInstanceOf(TooManyRequests);
      return letIn;
    }
  }
  return Infinity;
}

describe('the limit of requests', () => {
  it('lets a user and an address in as often as it is set for each, and each apart', async () => {
    const limits = createLimits(config, createCountingCache());
    expect(await untilRefused(() => limits.user('ann'))).toBe(2);
    expect(await untilRefused(() => limits.user('bob'))).toBe(2);
    expect(await untilRefused(() => limits.address('ann'))).toBe(3);
  });

  it('tells who is refused when to come again, by the window', async () => {
    const limits = createLimits(config, createCountingCache());
    await untilRefused(() => limits.user('ann'));
    await expect(limits.user('ann')).rejects.toMatchObject({ status: 429, headers: { 'retry-after': '60' } });
  });

  it('counts for all replicas together, under keys that the next version finds again', async () => {
    const cache = createCountingCache('gateway:');
    const [one, other] = [createLimits(config, cache), createLimits(config, cache)];
    await one.user('ann');
    await other.user('ann');
    await one.address('10.0.0.1');
    await expect(one.user('ann')).rejects.toThrow(TooManyRequests);
    expect([...cache.counts.keys()]).toEqual(['gateway:limit-user:ann', 'gateway:limit-address:10.0.0.1']);
  });

  it('asks Redis no more for who is over it', async () => {
    const cache = createCountingCache();
    const limits = createLimits(config, cache);
    await untilRefused(() => limits.user('ann'));
    const asked = cache.asked();
    await expect(limits.user('ann')).rejects.toThrow(TooManyRequests);
    expect(cache.asked()).toBe(asked);
  });

  it('asks Redis once for a part of a large limit, and lets no more in than that', async () => {
    const cache = createCountingCache();
    const limits = createLimits(gatewayConfig.parse({ USER_LIMIT: 1_000 }), cache);
    let letIn = 0;
    for (; letIn < 2_000; letIn += 1) {
      const isIn = await limits.user('ann').then(
        () => true,
        () => false,
      );
      if (!isIn) break;
    }
    expect(letIn).toBe(1_000);
    expect(cache.asked()).toBeLessThan(210);
  });

  it('takes one part for all who come together, and loses nothing of it', async () => {
    const cache = createCountingCache();
    const limits = createLimits(gatewayConfig.parse({ USER_LIMIT: 1_000 }), cache);
    const answers = await Promise.allSettled(Array.from({ length: 1_500 }, () => limits.user('ann')));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1_000);
    expect(cache.asked()).toBeLessThan(210);
    await Promise.all(Array.from({ length: 5 }, () => limits.user('bob')));
    expect(cache.counts.get('clinic:limit-user:bob')).toBe(5);
  });

  it('is kept by each replica for itself while Redis is away', async () => {
    const cache = createCountingCache();
    const [one, other] = [createLimits(config, cache), createLimits(config, cache)];
    cache.setAway(true);
    expect(await untilRefused(() => one.user('ann'))).toBe(2);
    expect(await untilRefused(() => other.user('ann'))).toBe(2);
    expect(await untilRefused(() => one.address('ann'))).toBe(3);
    await expect(one.user('ann')).rejects.toMatchObject({ headers: { 'retry-after': '60' } });
  });

  it('goes on with what Redis has counted when it is there again', async () => {
    const cache = createCountingCache();
    const limits = createLimits(config, cache);
    await limits.user('ann');
    cache.setAway(true);
    await limits.user('ann');
    cache.setAway(false);
    await limits.user('ann');
    await expect(limits.user('ann')).rejects.toThrow(TooManyRequests);
  });
});
