import type { ClientSession, Document } from 'mongodb';
import type { Collection } from './collection.ts';
import type { CollectionSpec } from './collections.ts';

/** The service's own database, over a connection that is replaced when its credential or authority changes. */
export interface Mongo {
  collection<T extends Document = Document>(name: string): Collection<T>;
  /** See `ensureCollections`. */
  ensure(specs: readonly CollectionSpec[]): Promise<void>;
  /** A session on the current connection, which stays open until the session is ended. */
  startSession(): ClientSession;
}

/**
 * Declares collections and makes those collections and indexes that are missing. From then on the kit makes them again
 * whenever they are missing: after a loss of the data, a dropped database, or a move to another deployment.
 */
export function ensureCollections(mongo: Mongo, specs: readonly CollectionSpec[]): Promise<void> {
  return mongo.ensure(specs);
}
