import { describe, expect, it } from '@jest/globals';
import { TooManyRequests } from '@careplane/kit';
import { createCountingCache } from '@careplane/kit/testing';
import type { CountingCache } from '@careplane/kit/testing';
import { identityConfig } from '../config.ts';
import { createLoginLimit } from './login-limit.ts';
import type { LoginLimit } from './login-limit.ts';

const config = identityConfig.parse({
  LOGIN_FAILURES: 2,
  LOGIN_FAILURES_PER_ADDRESS: 5,
  LOGIN_WINDOW_S: 300,
});
const ann = { account: 'ann@example.org', address: '10.0.0.1' };
const bob = { account: 'bob@example.org', address: '10.0.0.1' };

function limitOver(cache: CountingCache, key = 'secret'): LoginLimit {
  return createLoginLimit({ config, cache, key: Buffer.from(key) });
}

/** How many attempts of these were counted, and not refused. */
async function letIn(limit: LoginLimit, ...logins: { account: string; address: string }[]): Promise<number> {
  let count = 0;
  for (const login of logins) {
    try {
      await limit.attempt(login);
      count += 1;
    } catch (error) {
      expect(error).toBeInstanceOf(TooManyRequests);
    }
  }
  return count;
}

describe('the limit of failed logins', () => {
  it('refuses an account from an address after so many, and says when to come again', async () => {
    const limit = limitOver(createCountingCache());
    expect(await letIn(limit, ann, ann, ann)).toBe(2);
    await expect(limit.attempt(ann)).rejects.toMatchObject({
      status: 429,
      headers: { 'retry-after': '300' },
    });
  });

  it('leaves another account, and the same one at another address, alone', async () => {
    const limit = limitOver(createCountingCache());
    expect(await letIn(limit, ann, ann, ann)).toBe(2);
    expect(await letIn(limit, bob, { ...ann, address: '10.0.0.2' })).toBe(2);
  });

  it('takes no account for another that is made to look like it with an address', async () => {
    const limit = limitOver(createCountingCache());
    const odd = { account: 'ann', address: '1' };
    expect(await letIn(limit, odd, odd, { account: 'ann1', address: '' })).toBe(3);
  });

  it('refuses an address that tries one account after the other', async () => {
    const limit = limitOver(createCountingCache());
    const accounts = ['a', 'b', 'c', 'd', 'e', 'f'].map((account) => ({ account, address: '10.0.0.1' }));
    expect(await letIn(limit, ...accounts)).toBe(5);
    expect(await letIn(limit, { account: 'f', address: '10.0.0.2' })).toBe(1);
  });

  it('counts no login that succeeded, and forgets the failures of its account', async () => {
    const limit = limitOver(createCountingCache());
    await limit.attempt(ann);
    await (await limit.attempt(ann)).succeeded();
    expect(await letIn(limit, ann, ann, ann)).toBe(2);
  });

  it('does not use an address up by logins that succeed', async () => {
    const limit = limitOver(createCountingCache());
    for (let i = 0; i < 20; i += 1) await (await limit.attempt(ann)).succeeded();
    expect(
      await letIn(limit, ...['a', 'b', 'c', 'd', 'e', 'f'].map((account) => ({ ...ann, account }))),
    ).toBe(5);
  });

  it('counts for all replicas together, under keys that the next version finds again and that name nobody', async () => {
    const cache = createCountingCache('identity:');
    expect(await letIn(limitOver(cache), ann)).toBe(1);
    expect(await letIn(limitOver(cache), ann, ann)).toBe(1);
    const keys = [...cache.counts.keys()];
    expect(keys).toHaveLength(2);
    expect(keys[0]).toMatch(/^identity:login-address:[\w-]{43}$/);
    expect(keys[1]).toMatch(/^identity:login-account:[\w-]{43}$/);
    await limitOver(cache, 'another secret').attempt(ann);
    expect(cache.counts.size).toBe(4);
  });

  it('is kept by each replica for itself while Redis is away, successes too', async () => {
    const cache = createCountingCache();
    const [one, other] = [limitOver(cache), limitOver(cache)];
    cache.setAway(true);
    expect(await letIn(one, ann, ann, ann)).toBe(2);
    expect(await letIn(other, ann)).toBe(1);
    await (await other.attempt(ann)).succeeded();
    expect(await letIn(other, ann, ann, ann)).toBe(2);
    await expect(other.attempt(ann)).rejects.toMatchObject({ headers: { 'retry-after': '300' } });
  });
});
