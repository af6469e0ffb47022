import { createLocalJWKSet } from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import type { Keyring } from './signing-keys.ts';

/** The keyring as this replica knows it. */
export interface KeyringCache {
  /** At most `refreshMs` old; while the database is away, the last one known. */
  current(): Promise<Keyring>;
}

/** Caches a keyring, so that a key which another replica adds is published here soon. */
export function cacheKeyring(
  load: () => Promise<Keyring>,
  options: { readonly initial: Keyring; readonly refreshMs: number; readonly now?: () => number },
): KeyringCache {
  const now = options.now ?? Date.now;
  let keyring = options.initial;
  let readAt = now();
  return {
    async current(): Promise<Keyring> {
      if (now() - readAt < options.refreshMs) return keyring;
      readAt = now(); // one caller refreshes, the others go on with what is known
      try {
        keyring = await load();
      } catch {
        // known keys stay good; requests that need the database report that themselves
      }
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
