import type { ClientSession, Document } from 'mongodb';
import type { Binding } from '../bindings.ts';
import type { ServiceContext } from '../context.ts';
import { Unavailable } from '../http/errors.ts';
import { describeError } from '../observe/describe-error.ts';
import { backoffMs, pause } from '../resilience/backoff.ts';
import { Collection } from './collection.ts';
import type { Connections, InSession } from './collection.ts';
import { areVerified, ensureOn } from './collections.ts';
import type { CollectionSpec } from './collections.ts';
import type { Connection } from './connection.ts';
import { isNotSelectable, isOtherCollection } from './errors.ts';
import { insertInto } from './insert.ts';
import type { Mongo } from './mongo.ts';
import type { Opened } from './open.ts';

const BACKOFF = { baseMs: 200, capMs: 5_000 };

/**
 * A database behind the current connection, and what is known of its collections. A collection is *verified* when
 * its UUID was listed before and after its indexes were ensured; inserts name that UUID. Whatever finds another UUID, or
 * none, or no database (a refused insert, a readiness check) begins the verification anew; one at a time, until it
 * succeeds or the service ends. docs/decisions/0015-collections-by-uuid.md
 */
export class ConnectedMongo implements Mongo, Connections {
  readonly #ctx: ServiceContext;
  readonly #open: (binding: Binding<'mongodb'>) => Promise<Connection>;
  readonly #specs = new Map<string, CollectionSpec>();
  readonly #owners = new WeakMap<ClientSession, Connection>();
  /** One value: a connection that fails is opened again with the binding that it was made with. */
  #inUse: Opened;
  #verifying: Promise<void> | undefined;

  constructor(
    ctx: ServiceContext,
    first: Opened,
    connect: (binding: Binding<'mongodb'>) => Promise<Connection>,
  ) {
    this.#ctx = ctx;
    this.#inUse = first;
    this.#open = connect;
  }

  /** What the current connection was made with. */
  get binding(): Binding<'mongodb'> {
    return this.#inUse.binding;
  }

  collection<T extends Document = Document>(name: string): Collection<T> {
    return new Collection<T>(name, this);
  }

  connectionFor(session: ClientSession | undefined): Connection {
    return (session && this.#owners.get(session)) ?? this.#connection;
  }

  async insert(name: string, documents: readonly Document[], options: InSession): Promise<void> {
    if (!this.#specs.has(name)) throw new TypeError(`the collection ${name} is not declared`);
    const connection = this.connectionFor(options.session);
    const release = connection.take();
    try {
      await insertInto(connection, name, documents, options);
    } catch (error) {
      if (!isOtherCollection(error)) throw error;
      void this.#verifyAgain();
      throw new Unavailable(1, { cause: error });
    } finally {
      release();
    }
  }

  /** Resolves once the collections are verified. Indexes that cannot be built do not end the service: it is not ready. */
  async ensure(specs: readonly CollectionSpec[]): Promise<void> {
    for (const spec of specs) this.#specs.set(spec.name, spec);
    // A verification that is under way may have begun without them.
    await this.#verifying;
    await this.#verifyAgain();
    this.#ctx.lifecycle.signal.throwIfAborted();
  }

  startSession(): ClientSession {
    const connection = this.#connection;
    const release = connection.take();
    try {
      const session = connection.client.startSession();
      this.#owners.set(session, connection);
      session.once('ended', release);
      return session;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Resolves when the database answers and has the verified collections; else begins to verify them again. */
  async check(): Promise<void> {
    const connection = this.#connection;
    try {
      if (await areVerified(connection.db, this.#declared, connection.collections)) return;
    } catch (error) {
      void this.#verifyAgain();
      throw error;
    }
    // A dropped index leaves the UUID as it is: nothing is inserted until every index is there again.
    connection.collections = new Map();
    void this.#verifyAgain();
    throw new Error('collections or indexes are missing');
  }

  /** Moves to another connection, once the collections are verified there; resolves when the former one is closed. */
  async moveTo(next: Opened): Promise<void> {
    await this.#verifyOn(next.connection);
    const former = this.#connection;
    this.#inUse = next;
    await this.#retire(former);
  }

  async close(): Promise<void> {
    await this.#connection.client.close();
    await this.#verifying;
  }

  get #connection(): Connection {
    return this.#inUse.connection;
  }

  async #verifyOn(next: Connection): Promise<void> {
    try {
      next.collections = await ensureOn(next.db, this.#declared);
    } catch (error) {
      await next.client.close();
      throw error;
    }
  }

  async #retire(connection: Connection): Promise<void> {
    try {
      if (await connection.retire()) return;
      this.#ctx.logger.warn('mongodb: a connection was closed while it was used');
    } catch (error) {
      this.#ctx.logger.warn('mongodb: a former connection is not closed', describeError(error));
    }
  }

  get #declared(): readonly CollectionSpec[] {
    return [...this.#specs.values()];
  }

  #verifyAgain(): Promise<void> {
    this.#verifying ??= this.#verifyPatiently().finally(() => {
      this.#verifying = undefined;
    });
    return this.#verifying;
  }

  async #verifyPatiently(): Promise<void> {
    const { logger, lifecycle } = this.#ctx;
    for (let attempt = 0; !lifecycle.signal.aborted; attempt += 1) {
      try {
        await this.#verify();
        logger.info('mongodb: collections and indexes are verified');
        return;
      } catch (error) {
        logger.warn('mongodb: collections and indexes are not verified', {
          attempt,
          ...describeError(error),
        });
        await pause(backoffMs(attempt, BACKOFF), lifecycle.signal);
      }
    }
  }

  async #verify(): Promise<void> {
    const inUse = this.#inUse;
    const { connection } = inUse;
    try {
      connection.collections = await ensureOn(connection.db, this.#declared);
    } catch (error) {
      // A driver that has known a later election of a replica set never takes up a new set of that name; a new client does.
      if (!isNotSelectable(error)) throw error;
      await this.#reopen(inUse);
    }
  }

  async #reopen(former: Opened): Promise<void> {
    const { binding } = former;
    const connection = await this.#open(binding);
    await this.#verifyOn(connection);
    if (this.#inUse !== former) {
      await connection.client.close(); // it has moved to another binding meanwhile
      return;
    }
    this.#inUse = { connection, binding };
    void this.#retire(former.connection);
  }
}
