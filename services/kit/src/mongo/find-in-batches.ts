import type { Document, Filter, FindOptions, WithId } from 'mongodb';
import { inBatches } from '../resilience/in-batches.ts';

/** How documents are found by keys, one or many. */
export interface KeyedFind<T extends Document> {
  readonly filter: (keys: readonly string[]) => Filter<T>;
  /** The keys by which a document is found. */
  readonly keysOf: (document: WithId<T>) => readonly string[];
  readonly projection?: FindOptions['projection'];
}

/** What finds documents: a collection. */
interface Finder<T extends Document> {
  find(filter: Filter<T>, options?: Pick<FindOptions, 'projection'>): Promise<WithId<T>[]>;
}

/** By the id. MongoDB has a shorter way for a single one, which it takes for nothing but equality. */
export function byId<T extends Document>(): Pick<KeyedFind<T>, 'filter' | 'keysOf'> {
  return {
    filter: ([first, ...more]) =>
      ({ _id: more.length === 0 ? first : { $in: [first, ...more] } }) as unknown as Filter<T>,
    keysOf: ({ _id }) => [String(_id)],
  };
}

/**
 * All documents of a key, as they are now; who ask at the same time share one find, which costs the database and the driver hardly more
 * than one for a single key. Not for what a transaction reads.
 */
export function findInBatches<T extends Document>(
  collection: Finder<T>,
  { filter, keysOf, projection }: KeyedFind<T>,
): (key: string) => Promise<readonly WithId<T>[]> {
  return inBatches(async (keys: readonly string[]) => {
    const wanted = new Map(keys.map((key): [string, WithId<T>[]] => [key, []]));
    const found = await collection.find(filter([...wanted.keys()]), projection ? { projection } : {});
    for (const document of found)
      for (const key of new Set(keysOf(document))) wanted.get(key)?.push(document);
    return keys.map((key) => wanted.get(key) ?? []);
  });
}
