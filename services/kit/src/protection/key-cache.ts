import { LRUCache } from 'lru-cache';

export interface KeyCacheOptions {
  /** Keys at once; the one that was not used for the longest makes room. Default 10,000 (less than 4 MiB). */
  readonly size?: number;
  /** How long a key stays in memory, in milliseconds. Default 300,000: so long a destroyed key may still be known here. */
  readonly maxAgeMs?: number;
  /** How often a key is used before it is unwrapped again. Default 100,000. */
  readonly maxUses?: number;
  readonly now?: () => number;
}

interface Held {
  readonly key: Buffer;
  uses: number;
}

/**
 * Data keys in memory, for a time and a number of uses. A key that leaves is overwritten with zeros; so it is handed out
 * only to a function that ends before anything else runs.
 */
export class KeyCache {
  readonly #held: LRUCache<string, Held>;
  readonly #maxUses: number;
  readonly #sweep: NodeJS.Timeout;

  constructor(options: KeyCacheOptions = {}) {
    const { size = 10_000, maxAgeMs = 300_000, maxUses = 100_000, now } = options;
    this.#maxUses = maxUses;
    this.#held = new LRUCache({
      max: size,
      ttl: maxAgeMs,
      ttlResolution: 0,
      dispose: ({ key }) => key.fill(0),
      ...(now ? { perf: { now } } : {}),
    });
    this.#sweep = setInterval(() => this.#held.purgeStale(), maxAgeMs / 2).unref();
  }

  has(id: string): boolean {
    return this.#held.has(id);
  }

  /** Takes over a key; the caller keeps no reference to it. */
  put(id: string, key: Buffer): void {
    this.#held.set(id, { key, uses: 0 });
  }

  /** Runs `work` with the key, or returns undefined when it is not here. `work` must not keep the key. */
  use<T>(id: string, work: (key: Buffer) => T): { readonly value: T } | undefined {
    const held = this.#held.get(id);
    if (!held) return undefined;
    held.uses += 1;
    try {
      return { value: work(held.key) };
    } finally {
      if (held.uses >= this.#maxUses) this.#held.delete(id);
    }
  }

  drop(id: string): void {
    this.#held.delete(id);
  }

  /** Overwrites all keys. */
  close(): void {
    clearInterval(this.#sweep);
    this.#held.clear();
  }
}
