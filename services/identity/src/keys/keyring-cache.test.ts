import { describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { cacheKeyring } from './keyring-cache.ts';
import type { Keyring } from './signing-keys.ts';

const ring = (kid: string): Keyring => ({
  signer: { kid, privateKey: {} as CryptoKey },
  signing: [],
  jwks: { keys: [] },
  closed: [],
});

describe('the cached keyring', () => {
  it('is read again when it is old, and kept, with a word about it, when it cannot be', async () => {
    let now = 0;
    let next: () => Promise<Keyring> = () => Promise.resolve(ring('second'));
    const failures: unknown[] = [];
    const failed = (error: unknown): void => void failures.push(error);
    const cache = cacheKeyring(() => next(), {
      initial: ring('first'),
      refreshMs: 100,
      failed,
      now: () => now,
    });
    now = 99;
    expect((await cache.current()).signer.kid).toBe('first');
    now = 100;
    expect((await cache.current()).signer.kid).toBe('second');
    next = () => Promise.reject(new TypeError('the database is away'));
    now = 500;
    expect((await cache.current()).signer.kid).toBe('second');
    expect(failures).toEqual([new TypeError('the database is away')]);
  });

  it('is given without a refresh that takes too long, and with it from when that has come', async () => {
    let now = 0;
    let come: (keyring: Keyring) => void = () => undefined;
    const load = (): Promise<Keyring> =>
      new Promise((resolve) => {
        come = resolve;
      });
    const failed = (): void => undefined;
    const cache = cacheKeyring(load, {
      initial: ring('first'),
      refreshMs: 100,
      waitMs: 1,
      failed,
      now: () => now,
    });
    now = 100;
    expect((await cache.current()).signer.kid).toBe('first');
    come(ring('second'));
    expect(await until(async () => (await cache.current()).signer.kid === 'second', { what: 'it' })).toBe(
      true,
    );
  });
});
