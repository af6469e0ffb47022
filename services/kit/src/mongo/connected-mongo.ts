import type { ClientSession, Connection, mongo as driver } from 'mongoose';
import type { ServiceContext } from '../context.ts';
import { Unavailable } from '../http/errors.ts';
import { describeError } from '../observe/describe-error.ts';
import { backoffMs, pause } from '../resilience/backoff.ts';
import { ensureOn, hasCollections } from './collections.ts';
import type { CollectionSpec } from './collections.ts';
import { currentCollection } from './current-collection.ts';
import { isNotSelectable, isOtherCollection } from './errors.ts';
import { generationOf } from './generation.ts';
import type { Generation } from './generation.ts';
import { insertInto } from './insert.ts';
import type { InsertOptions } from './insert.ts';
import type { Collection, Mongo } from './mongo.ts';

const BACKOFF = { baseMs: 200, capMs: 5_000 };

/**
 * A database behind the connection of the moment, and what is known of its collections. A collection is *verified* when
 * its UUID was listed before and after its indexes were ensured; inserts name that UUID. Whatever finds another UUID, or
 * none, or no database (a refused insert, a readiness check) begins the verification anew; one at a time, until it
 * succeeds or the service ends. docs/decisions/0015-collections-by-uuid.md
 */
export class ConnectedMongo implements Mongo {
  readonly #ctx: ServiceContext;
  readonly #reopen: () => Promise<Connection>;
  readonly #specs = new Map<string, CollectionSpec>();
  readonly #owners = new WeakMap<ClientSession, Generation>();
  #generation: Generation;
  #verifying: Promise<void> | undefined;

  /** @param reopen opens a further connection to the same binding */
  constructor(ctx: ServiceContext, connection: Connection, reopen: () => Promise<Connection>) {
    this.#ctx = ctx;
    this.#generation = generationOf(connection);
    this.#reopen = reopen;
  }

  collection<T extends driver.Document = driver.Document>(name: string): Collection<T> {
    const insert = (documents: readonly T[], options?: InsertOptions): Promise<void> =>
      this.#insert(name, documents, options);
    return currentCollection(name, insert, {
      current: () => this.#generation,
      ofSession: (session) => this.#owners.get(session),
    });
  }

  async #insert(
    name: string,
    documents: readonly driver.Document[],
    options: InsertOptions = {},
  ): Promise<void> {
    if (!this.#specs.has(name)) throw new TypeError(`the collection ${name} is not declared`);
    const { session } = options;
    const generation = (session && this.#owners.get(session)) ?? this.#generation;
    const release = generation.take();
    try {
      await insertInto(generation, name, documents, options);
    } catch (error) {
      if (!isOtherCollection(error)) throw error;
      this.#verifyAgain();
      throw new Unavailable(1, { cause: error });
    } finally {
      release();
    }
  }

  async ensure(specs: readonly CollectionSpec[]): Promise<void> {
    const generation = this.#generation;
    const found = await ensureOn(generation.db, specs);
    generation.collections = new Map([...generation.collections, ...found]);
    for (const spec of specs) this.#specs.set(spec.name, spec);
  }

  async startSession(): Promise<ClientSession> {
    const generation = this.#generation;
    const release = generation.take();
    try {
      const session = await generation.connection.startSession();
      this.#owners.set(session, generation);
      session.once('ended', release);
      return session;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Resolves when the database answers and has the verified collections; else begins to verify them again. */
  async check(): Promise<void> {
    const { db, collections } = this.#generation;
    try {
      if (await hasCollections(db, this.#declared, collections)) return;
    } catch (error) {
      this.#verifyAgain();
      throw error;
    }
    this.#verifyAgain();
    throw new Error('collections or indexes are missing');
  }

  /** Moves to another connection, once its collections are verified; resolves when the former one is closed. */
  async moveTo(connection: Connection): Promise<void> {
    await this.#retire(await this.#replaceBy(connection));
  }

  async close(): Promise<void> {
    await this.#generation.connection.close();
    await this.#verifying;
  }

  async #replaceBy(connection: Connection): Promise<Generation> {
    const next = generationOf(connection);
    try {
      next.collections = await ensureOn(next.db, this.#declared);
    } catch (error) {
      await connection.close();
      throw error;
    }
    const former = this.#generation;
    this.#generation = next;
    return former;
  }

  async #retire(generation: Generation): Promise<void> {
    try {
      if (await generation.retire()) return;
      this.#ctx.logger.warn('mongodb: a connection was closed while it was used');
    } catch (error) {
      this.#ctx.logger.warn('mongodb: a former connection is not closed', describeError(error));
    }
  }

  get #declared(): readonly CollectionSpec[] {
    return [...this.#specs.values()];
  }

  #verifyAgain(): void {
    this.#verifying ??= this.#verifyPatiently().finally(() => {
      this.#verifying = undefined;
    });
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
    const generation = this.#generation;
    try {
      generation.collections = await ensureOn(generation.db, this.#declared);
    } catch (error) {
      // A driver that has known a later election of a replica set never takes up a new set of that name; a new client does.
      if (!isNotSelectable(error)) throw error;
      void this.#retire(await this.#replaceBy(await this.#reopen()));
    }
  }
}
