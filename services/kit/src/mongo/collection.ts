import type {
  ClientSession,
  Collection as DriverCollection,
  CountDocumentsOptions,
  DeleteResult,
  Document,
  Filter,
  FindOneAndUpdateOptions,
  FindOptions,
  UpdateFilter,
  UpdateResult,
  WithId,
  WithoutId,
} from 'mongodb';
import type { Connection } from './connection.ts';
import { byId, findInBatches } from './find-in-batches.ts';

/** Options of an operation that may be part of a transaction. */
export interface InSession {
  /** The transaction's session; the operation then runs on the session's connection. */
  readonly session?: ClientSession;
}

/** Which connection an operation uses. */
export interface Connections {
  /** The session's connection, or the current one. */
  connectionFor(session: ClientSession | undefined): Connection;
  insert(name: string, documents: readonly Document[], options: InSession): Promise<void>;
}

/**
 * A typed collection of the service's database, which may be held for good: each operation runs on the current connection (or
 * its session's), which stays open until the operation has ended. It offers nothing that creates a collection implicitly.
 */
export class Collection<T extends Document> {
  readonly #name: string;
  readonly #connections: Connections;
  /** The driver's own, made once for each connection. */
  readonly #made = new WeakMap<Connection, DriverCollection<T>>();
  readonly #byId: (id: string) => Promise<readonly WithId<T>[]>;

  constructor(name: string, connections: Connections) {
    this.#name = name;
    this.#connections = connections;
    this.#byId = findInBatches(this, byId());
  }

  /**
   * Inserts documents, and only into the collection that was declared and has its indexes; see `insertInto`.
   * Outside a transaction a failover fails it, unlike the other writes: the driver repeats no command that it does not know.
   * @throws Unavailable while it has yet to be made or verified
   */
  insert(documents: readonly T[], options: InSession = {}): Promise<void> {
    return this.#connections.insert(this.#name, documents, options);
  }

  findOne(filter: Filter<T>, options: FindOptions = {}): Promise<WithId<T> | null> {
    return this.#run(options, (collection) => collection.findOne(filter, options));
  }

  /** The document with this id, as it is now. Who ask at the same time share one find: for reads outside of transactions. */
  async findById(id: string): Promise<WithId<T> | null> {
    const [found = null] = await this.#byId(id);
    return found;
  }

  /** All documents that match; give a `limit` where they may be many. */
  find(filter: Filter<T>, options: FindOptions = {}): Promise<WithId<T>[]> {
    return this.#run(options, (collection) => collection.find(filter, options).toArray());
  }

  count(filter: Filter<T>, options: CountDocumentsOptions = {}): Promise<number> {
    return this.#run(options, (collection) => collection.countDocuments(filter, options));
  }

  updateOne(filter: Filter<T>, update: UpdateFilter<T>, options: InSession = {}): Promise<UpdateResult> {
    return this.#run(options, (collection) => collection.updateOne(filter, update, { ...options }));
  }

  updateMany(filter: Filter<T>, update: UpdateFilter<T>, options: InSession = {}): Promise<UpdateResult> {
    return this.#run(options, (collection) => collection.updateMany(filter, update, { ...options }));
  }

  /** Updates one document. @returns it as it is after the update, or null when none matches */
  findOneAndUpdate(
    filter: Filter<T>,
    update: UpdateFilter<T>,
    options: InSession = {},
  ): Promise<WithId<T> | null> {
    const after: FindOneAndUpdateOptions = { ...options, returnDocument: 'after' };
    return this.#run(options, (collection) => collection.findOneAndUpdate(filter, update, after));
  }

  replaceOne(filter: Filter<T>, replacement: WithoutId<T>, options: InSession = {}): Promise<UpdateResult> {
    return this.#run(options, (collection) => collection.replaceOne(filter, replacement, { ...options }));
  }

  deleteMany(filter: Filter<T>, options: InSession = {}): Promise<DeleteResult> {
    return this.#run(options, (collection) => collection.deleteMany(filter, { ...options }));
  }

  async #run<R>(
    { session }: { session?: ClientSession | undefined },
    work: (collection: DriverCollection<T>) => Promise<R>,
  ): Promise<R> {
    const connection = this.#connections.connectionFor(session);
    const release = connection.take();
    try {
      return await work(this.#on(connection));
    } finally {
      release();
    }
  }

  #on(connection: Connection): DriverCollection<T> {
    const made = this.#made.get(connection) ?? connection.db.collection<T>(this.#name);
    this.#made.set(connection, made);
    return made;
  }
}
