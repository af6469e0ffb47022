import { pause } from '@careplane/kit';
import { createLocalJWKSet } from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import type { Keyring } from './signing-keys.ts';

/** The keyring as this replica knows it. */
export interface KeyringCache {
  /** At most `refreshMs` old; while the database is away or slow, the last one known. */
  current(): Promise<Keyring>;
}

export interface KeyringCacheOptions {
  readonly initial: Keyring;
  readonly refreshMs: number;
  /** Told of a refresh that failed: known keys stay good. */
  readonly failed: (error: unknown) => void;
  /** How long the caller that refreshes waits for it, in milliseconds. Default 500: verifiers wait for our keys. */
  readonly waitMs?: number;
  readonly now?: () => number;
}

/** Caches a keyring, so that a key which another replica adds is published here soon. */
export function cacheKeyring(load: () => Promise<Keyring>, options: KeyringCacheOptions): KeyringCache {
  const { refreshMs, waitMs = 500, now = Date.now } = options;
  let keyring = options.initial;
  let readAt = now();
  const refresh = async (): Promise<void> => {
    try {
      keyring = await load();
    } catch (error) {
      options.failed(error);
    }
  };
  return {
    async current(): Promise<Keyring> {
      if (now() - readAt < refreshMs) return keyring;
      readAt = now(); // one caller refreshes, the others go on with what is known
      await Promise.race([refresh(), pause(waitMs)]);
      return keyring;
    },
  };
}

/** The published keys for verifying tokens here; parsed again only when the keyring changes. */
export function verificationKeys(cache: KeyringCache): JWTVerifyGetKey {
  let parsed: { keyring: Keyring; keys: JWTVerifyGetKey } | undefined;
  return async (header, token) => {
    const keyring = await cache.current();
    if (parsed?.keyring !== keyring) parsed = { keyring, keys: createLocalJWKSet(keyring.jwks) };
    return parsed.keys(header, token);
  };
}
