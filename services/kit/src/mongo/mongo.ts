import type { ClientSession, mongo as driver } from 'mongoose';
import type { CollectionSpec } from './collections.ts';
import type { InsertOptions } from './insert.ts';

/** A collection of the service's database. What could create a collection implicitly is not there. */
export interface Collection<T extends driver.Document> extends Pick<
  driver.Collection<T>,
  | 'aggregate'
  | 'countDocuments'
  | 'deleteMany'
  | 'deleteOne'
  | 'find'
  | 'findOne'
  | 'findOneAndUpdate'
  | 'replaceOne'
  | 'updateMany'
  | 'updateOne'
> {
  /**
   * Inserts documents, and only into the collection that was declared and has its indexes; see `insertInto`.
   * @throws Unavailable while it has yet to be made or verified
   */
  insert(documents: readonly T[], options?: InsertOptions): Promise<void>;
}

/** The service's own database, over a connection that is replaced when its credential or authority changes. */
export interface Mongo {
  /** A collection; hold it for as long as you like, each call uses the connection of the moment. */
  collection<T extends driver.Document = driver.Document>(name: string): Collection<T>;
  /** See `ensureCollections`. */
  ensure(specs: readonly CollectionSpec[]): Promise<void>;
  /** A session on the connection of the moment, which stays open until the session is ended. */
  startSession(): Promise<ClientSession>;
}
