import { describe, expect, it } from '@jest/globals';
import { createTokenCache } from './token-cache.ts';

describe('the cache of verified tokens', () => {
  const value = (id: string): { id: string } => ({ id });

  it('forgets after its age, at the token’s own end, and what was not used for long when it is full', () => {
    let now = 1;
    const cache = createTokenCache<{ id: string }>({ size: 2, maxAgeMs: 1_000, now: () => now });
    cache.set('long', value('a'), 9_999);
    cache.set('short', value('b'), 0.5);
    now = 499;
    expect([cache.get('long')?.id, cache.get('short')?.id]).toEqual(['a', 'b']);
    now = 501;
    expect([cache.get('long')?.id, cache.get('short')?.id]).toEqual(['a', undefined]);
    now = 1_002;
    expect(cache.get('long')).toBeUndefined();
    cache.set('over', value('c'), 1);
    expect(cache.get('over')).toBeUndefined();
    for (const token of ['1', '2', '3']) cache.set(token, value(token), 9_999);
    expect([cache.get('1')?.id, cache.get('2')?.id, cache.get('3')?.id]).toEqual([undefined, '2', '3']);
  });
});
