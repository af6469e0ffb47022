import type { Db, IndexDescription, ListCollectionsOptions, UUID } from 'mongodb';
import { isNamespaceExists } from './errors.ts';

/** A collection with its indexes, as the code needs it. */
export interface CollectionSpec {
  readonly name: string;
  readonly indexes?: readonly (IndexDescription & { name: string })[];
}

/** The UUIDs of collections by name. The server draws a new random one whenever it creates a collection. */
export type CollectionIds = ReadonlyMap<string, UUID>;

/** Listings that differ mean that the collections changed meanwhile, as they do when they are made. */
const ROUNDS = 5;

/**
 * Makes what is missing and resolves to the ids of the collections that have their indexes. Several replicas may do it
 * at once, and again after a half-done attempt.
 * @throws when an index cannot be built, or when the collections do not stay the same meanwhile
 */
export async function ensureOn(db: Db, specs: readonly CollectionSpec[]): Promise<CollectionIds> {
  const names = new Set(specs.map(({ name }) => name));
  let before = await listIds(db);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const spec of specs) await ensureCollection(db, spec);
    // The same ids before and after: the indexes were made on these collections, not on a deployment that is gone.
    const after = await listIds(db);
    if (haveSameIds(specs, before, after)) return new Map([...after].filter(([name]) => names.has(name)));
    before = after;
  }
  throw new Error('the collections change while their indexes are made');
}

/** Whether the database still has exactly these collections. One command. */
export async function hasCollections(
  db: Db,
  specs: readonly CollectionSpec[],
  ids: CollectionIds,
): Promise<boolean> {
  return haveSameIds(specs, ids, await listIds(db, { maxTimeMS: 1_500 }));
}

function haveSameIds(specs: readonly CollectionSpec[], one: CollectionIds, other: CollectionIds): boolean {
  return specs.every(({ name }) => {
    const id = one.get(name);
    return id !== undefined && other.get(name)?.equals(id) === true;
  });
}

async function listIds(db: Db, options: ListCollectionsOptions = {}): Promise<CollectionIds> {
  const found = await db.listCollections({}, options).toArray();
  const ids = new Map<string, UUID>();
  for (const collection of found) {
    const uuid = 'info' in collection ? collection.info.uuid : undefined;
    if (uuid !== undefined) ids.set(collection.name, uuid.toUUID());
  }
  return ids;
}

/** The server makes a missing collection together with its indexes, in one step: it is never there without them. */
async function ensureCollection(db: Db, { name, indexes = [] }: CollectionSpec): Promise<void> {
  if (indexes.length > 0) {
    await db.collection(name).createIndexes([...indexes]);
    return;
  }
  try {
    await db.createCollection(name);
  } catch (error) {
    if (!isNamespaceExists(error)) throw error;
  }
}
