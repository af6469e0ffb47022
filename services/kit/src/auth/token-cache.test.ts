import { describe, expect, it } from '@jest/globals';
import { createTokenCache } from './token-cache.ts';

describe('the cache of verified tokens', () => {
  it('forgets after its age, at the token’s own end, and the oldest when it is full', () => {
    let now = 0;
    const cache = createTokenCache<string>({ size: 2, maxAgeMs: 1_000, now: () => now });
    cache.set('long', 'a', 9_999);
    cache.set('short', 'b', 0.5);
    now = 499;
    expect([cache.get('long'), cache.get('short')]).toEqual(['a', 'b']);
    now = 500;
    expect([cache.get('long'), cache.get('short')]).toEqual(['a', undefined]);
    now = 1_000;
    expect(cache.get('long')).toBeUndefined();
    for (const token of ['1', '2', '3']) cache.set(token, token, 9_999);
    expect([cache.get('1'), cache.get('2'), cache.get('3')]).toEqual([undefined, '2', '3']);
  });
});
