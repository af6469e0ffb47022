/** Remembers for a moment what verified tokens said. */
export interface TokenCache<T> {
  get(token: string): T | undefined;
  /** @param expires when the token itself ends, in seconds since 1970. */
  set(token: string, value: T, expires: number): void;
}

export interface TokenCacheOptions {
  /** The oldest entries make room. */
  readonly size: number;
  /** A key that is withdrawn counts for this much longer. */
  readonly maxAgeMs: number;
  readonly now?: () => number;
}

/**
 * An empty cache. A page of an app is a dozen requests with one token, and checking a signature is the costliest thing the
 * gateway does for a request. Never longer than the token lives.
 */
export function createTokenCache<T>(options: TokenCacheOptions): TokenCache<T> {
  const { size, maxAgeMs, now = Date.now } = options;
  const entries = new Map<string, { value: T; until: number }>();
  return {
    get(token): T | undefined {
      const entry = entries.get(token);
      if (!entry) return undefined;
      if (now() < entry.until) return entry.value;
      entries.delete(token);
      return undefined;
    },
    set(token, value, expires): void {
      const [oldest] = entries.keys();
      if (entries.size >= size && oldest !== undefined) entries.delete(oldest);
      entries.set(token, { value, until: Math.min(now() + maxAgeMs, expires * 1000) });
    },
  };
}
