import { LRUCache } from 'lru-cache';

/** Remembers for a moment what verified tokens said. */
export interface TokenCache<T> {
  get(token: string): T | undefined;
  /** @param expires when the token itself ends, in seconds since 1970. */
  set(token: string, value: T, expires: number): void;
}

export interface TokenCacheOptions {
  /** Those that were not used for the longest make room. */
  readonly size: number;
  /** A key that is withdrawn counts for this much longer. */
  readonly maxAgeMs: number;
  readonly now?: () => number;
}

/**
 * An empty cache. A page of an app is a dozen requests with one token, and checking a signature is the costliest thing the
 * gateway does for a request. Never longer than the token lives.
 */
export function createTokenCache<T extends object>(options: TokenCacheOptions): TokenCache<T> {
  const { size, maxAgeMs, now = Date.now } = options;
  const entries = new LRUCache<string, T>({ max: size, ttlResolution: 0, perf: { now } });
  return {
    get: (token) => entries.get(token),
    set(token, value, expires): void {
      const ttl = Math.min(maxAgeMs, expires * 1000 - now());
      if (ttl > 0) entries.set(token, value, { ttl });
    },
  };
}
