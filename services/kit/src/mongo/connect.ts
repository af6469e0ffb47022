import mongoose from 'mongoose';
import type { ClientSession, Connection, ConnectOptions, mongo as driver } from 'mongoose';
import { followBinding } from '../binding-follow.ts';
import type { Binding } from '../bindings.ts';
import type { ServiceContext } from '../context.ts';
import { describeError } from '../observe/describe-error.ts';
import { backoffMs, pause } from '../resilience/backoff.ts';
import { currentCollection } from './current-collection.ts';
import { generationOf } from './generation.ts';
import type { Generation } from './generation.ts';

/** The service's own database, over a connection that is replaced when its credential or authority changes. */
export interface Mongo {
  /** A collection; hold it for as long as you like, each call uses the connection of the moment. */
  collection<T extends driver.Document = driver.Document>(name: string): driver.Collection<T>;
  /** What needs the database itself. @param work must be done with it when it resolves */
  use<T>(work: (db: driver.Db) => Promise<T>): Promise<T>;
  /** A session on the connection of the moment, which stays open until the session is ended. */
  startSession(): Promise<ClientSession>;
}

/**
 * Acknowledged writes are on a majority and reads see only such (the weak defaults lose acknowledged writes). Nothing is
 * buffered or created implicitly: a query without a connection fails at once, indexes come from the migrations.
 */
const OPTIONS: ConnectOptions = {
  writeConcern: { w: 'majority', wtimeoutMS: 10_000 },
  readConcern: { level: 'majority' },
  retryWrites: true,
  retryReads: true,
  maxPoolSize: 30,
  minPoolSize: 2,
  maxIdleTimeMS: 300_000,
  waitQueueTimeoutMS: 5_000,
  connectTimeoutMS: 5_000,
  serverSelectionTimeoutMS: 5_000,
  socketTimeoutMS: 30_000,
  autoIndex: false,
  autoCreate: false,
  bufferCommands: false,
  sanitizeFilter: true,
  ignoreUndefined: true,
};

/**
 * Connects to the mongodb binding, trying until it succeeds or the service ends (the user may be made after the pod);
 * each attempt reads the binding again. Registers readiness (required), the move to another credential when the binding
 * changes, and the closing at shutdown.
 */
export async function connectMongo(ctx: ServiceContext): Promise<Mongo> {
  let current: Generation | undefined;
  ctx.health.register('mongodb', 'required', async () => {
    if (current?.connection.readyState !== mongoose.ConnectionStates.connected)
      throw new Error('not connected');
    await ping(current.db);
  });
  const first = await connectPatiently(ctx);
  let inUse = first.binding;
  const state = { generation: generationOf(first.connection) };
  current = state.generation;
  ctx.lifecycle.onShutdown('close', 'mongodb', () => state.generation.connection.close());
  followBinding(ctx, {
    type: 'mongodb',
    inUse: () => inUse,
    async adopt(binding): Promise<void> {
      const next = generationOf(await open(ctx, binding));
      const before = state.generation;
      current = state.generation = next;
      inUse = binding;
      if (!(await before.retire())) ctx.logger.warn('mongodb: a connection was closed while it was used');
    },
  });
  return mongoOn(() => state.generation);
}

function mongoOn(current: () => Generation): Mongo {
  const owners = new WeakMap<ClientSession, Generation>();
  const generations = { current, ofSession: (session: ClientSession) => owners.get(session) };
  return {
    collection: (name) => currentCollection(name, generations),
    async use(work) {
      const generation = current();
      const release = generation.take();
      try {
        return await work(generation.db);
      } finally {
        release();
      }
    },
    async startSession(): Promise<ClientSession> {
      const generation = current();
      const release = generation.take();
      try {
        const session = await generation.connection.startSession();
        owners.set(session, generation);
        session.once('ended', release);
        return session;
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}

async function connectPatiently(
  ctx: ServiceContext,
): Promise<{ connection: Connection; binding: Binding<'mongodb'> }> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const binding = ctx.bindings.read('mongodb');
      return { connection: await open(ctx, binding), binding };
    } catch (error) {
      ctx.logger.warn('mongodb: not connected yet', { attempt, ...describeError(error) });
      await pause(backoffMs(attempt, { baseMs: 200, capMs: 5_000 }), ctx.lifecycle.signal);
      if (ctx.lifecycle.signal.aborted) throw error;
    }
  }
}

/** A connection that has logged in and has been answered. */
async function open(ctx: ServiceContext, binding: Binding<'mongodb'>): Promise<Connection> {
  const ca = binding['ca.crt'];
  const options = { ...OPTIONS, appName: ctx.instance, dbName: binding.database, ...(ca ? { ca } : {}) };
  const connection = mongoose.createConnection(binding.uri, options);
  try {
    await connection.asPromise();
    await ping(connection.db);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function ping(db: driver.Db | undefined): Promise<void> {
  await db?.command({ ping: 1 }, { timeoutMS: 1_500 });
}
