import type { mongo as driver } from 'mongoose';
import { isNamespaceExists } from './errors.ts';
import type { Mongo } from './connect.ts';

/** A collection with its indexes, as the code needs it. */
export interface CollectionSpec {
  readonly name: string;
  readonly indexes?: readonly (driver.IndexDescription & { name: string })[];
}

/**
 * The migrations of a thin first version: makes collections and indexes that are missing. Safe to run by several
 * replicas at once and again. A service is not ready before it is done: a unique index that is not built guards nothing.
 */
export async function ensureCollections(mongo: Mongo, specs: readonly CollectionSpec[]): Promise<void> {
  for (const spec of specs) {
    await mongo.use((db) => ensureCollection(db, spec.name));
    if (spec.indexes && spec.indexes.length > 0) {
      await mongo.collection(spec.name).createIndexes([...spec.indexes]);
    }
  }
}

/** Explicit, because a collection made inside a transaction conflicts with everybody else who makes it. */
async function ensureCollection(db: driver.Db, name: string): Promise<void> {
  try {
    await db.createCollection(name);
  } catch (error) {
    if (!isNamespaceExists(error)) throw error;
  }
}
