import { describe, expect, it } from '@jest/globals';
import { cacheKeyring } from './keyring-cache.ts';
import type { Keyring } from './signing-keys.ts';

const ring = (kid: string): Keyring => ({ signer: { kid, privateKey: {} as CryptoKey }, jwks: { keys: [] } });

describe('the cached keyring', () => {
  it('is read again when it is old, and kept when it cannot be', async () => {
    let now = 0;
    let next: () => Promise<Keyring> = () => Promise.resolve(ring('second'));
    const cache = cacheKeyring(() => next(), { initial: ring('first'), refreshMs: 100, now: () => now });
    now = 99;
    expect((await cache.current()).signer.kid).toBe('first');
    now = 100;
    expect((await cache.current()).signer.kid).toBe('second');
    next = () => Promise.reject(new TypeError('the database is away'));
    now = 500;
    expect((await cache.current()).signer.kid).toBe('second');
  });
});
