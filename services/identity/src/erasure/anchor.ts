import type { Cache, LedgerEntry } from '@careplane/kit';

/**
 * The ledger once more, in the cache, which has a volume of its own and never evicts a key without an end: a database that is restored
 * from a backup brings destroyed keys back, and its own ledger of that time does not know of it.
 */
export interface Anchor {
  /** @throws when the cache is away */
  add(entries: readonly LedgerEntry[]): Promise<void>;
  /** Everything that was added, in parts. @throws when the cache is away */
  all(): AsyncIterable<readonly LedgerEntry[]>;
}

export function cacheAnchor({ client, keyPrefix }: Cache): Anchor {
  const key = `${keyPrefix}erased-patients`;
  return {
    async add(entries): Promise<void> {
      if (entries.length === 0) return;
      await client.hset(
        key,
        Object.fromEntries(entries.map((one) => [one.patientId, `${one.erasureId} ${one.proof}`])),
      );
    },
    async *all(): AsyncGenerator<readonly LedgerEntry[]> {
      for (let cursor = '0'; ;) {
        const [next, fields] = await client.hscan(key, cursor, 'COUNT', 500);
        yield pairsOf(fields);
        if (next === '0') return;
        cursor = next;
      }
    },
  };
}

function pairsOf(fields: readonly string[]): LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [erasureId = '', proof = ''] = fields[at + 1]?.split(' ') ?? [];
    entries.push({ patientId: fields[at] ?? '', erasureId, proof });
  }
  return entries;
}
