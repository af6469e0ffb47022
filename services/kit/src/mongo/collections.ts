import { MongoServerError } from 'mongodb';
import type { Db, IndexDescription, ListCollectionsOptions, UUID } from 'mongodb';
import { findingDuplicates } from './duplicates.ts';
import { isDuplicateKey, isNamespaceExists } from './errors.ts';

/** A collection with its indexes, as the code needs it. */
export interface CollectionSpec {
  readonly name: string;
  readonly indexes?: NamedIndexes;
}

type NamedIndexes = readonly (IndexDescription & { name: string })[];

/** IndexOptionsConflict and IndexKeySpecsConflict: an index of that name is there, and it is another one. */
const OTHER_INDEX: ReadonlySet<unknown> = new Set([85, 86]);

/** It is not dropped here: pods of the revision before still need it. */
function dropping(collection: string, indexes: NamedIndexes): string {
  const commands = indexes.map(({ name }) => `db.getCollection("${collection}").dropIndex("${name}")`);
  return `Drop that one and start the service again: ${commands.join(' or ')}`;
}

/** Nothing is removed here: a person must decide which of the documents is right. */
function finding(collection: string, indexes: NamedIndexes, { keyPattern }: MongoServerError): string {
  const unique = indexes.filter((index) => index.unique === true);
  const named = unique.filter(({ key }) => JSON.stringify(key) === JSON.stringify(keyPattern));
  const commands = (named.length > 0 ? named : unique).map((index) => findingDuplicates(collection, index));
  return `List them, mend them and start the service again: ${commands.join(' or ')}`;
}

/** The server cannot build the indexes of a collection: there are duplicates, or another index of that name. */
export class IndexesRefused extends Error {
  override readonly name = 'IndexesRefused';

  constructor(collection: string, indexes: NamedIndexes, cause: MongoServerError) {
    const names = indexes.map(({ name }) => name).join(', ');
    const hint = hintOf(collection, indexes, cause);
    super(`the indexes ${names} of the collection ${collection} cannot be built${hint}`, { cause });
  }
}

function hintOf(collection: string, indexes: NamedIndexes, cause: MongoServerError): string {
  if (OTHER_INDEX.has(cause.code))
    return `: one of them has other keys or options. ${dropping(collection, indexes)}`;
  if (isDuplicateKey(cause))
    return `: documents are alike where one is allowed. ${finding(collection, indexes, cause)}`;
  return '';
}

/** The UUIDs of collections by name. The server draws a new random one whenever it creates a collection. */
export type CollectionIds = ReadonlyMap<string, UUID>;

/** Listings that differ mean that the collections changed meanwhile, as they do when they are made. */
const ROUNDS = 5;
/** A readiness check has 2 s. */
const CHECK_MS = 1_500;

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

/**
 * Whether the database still has exactly these collections, with their indexes. One command, and one for each collection that
 * has indexes.
 */
export async function areVerified(
  db: Db,
  specs: readonly CollectionSpec[],
  ids: CollectionIds,
): Promise<boolean> {
  if (!haveSameIds(specs, ids, await listIds(db, { maxTimeMS: CHECK_MS }))) return false;
  for (const spec of specs) if (!(await hasIndexes(db, spec))) return false;
  return true;
}

async function hasIndexes(db: Db, { name, indexes = [] }: CollectionSpec): Promise<boolean> {
  if (indexes.length === 0) return true;
  const found = await db.collection(name).listIndexes({ maxTimeMS: CHECK_MS }).toArray();
  return indexes.every((index) => found.some((other) => isSame(index, other as IndexDescription)));
}

function isSame(a: IndexDescription, b: IndexDescription): boolean {
  return (
    a.name === b.name &&
    JSON.stringify(a.key) === JSON.stringify(b.key) &&
    (a.unique ?? false) === (b.unique ?? false)
  );
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
    try {
      await db.collection(name).createIndexes([...indexes]);
    } catch (error) {
      throw error instanceof MongoServerError ? new IndexesRefused(name, indexes, error) : error;
    }
    return;
  }
  try {
    await db.createCollection(name);
  } catch (error) {
    if (!isNamespaceExists(error)) throw error;
  }
}
