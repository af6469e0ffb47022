import mongoose from 'mongoose';
import type { Connection, ConnectOptions, Model, mongo as driver, Schema } from 'mongoose';
import type { ServiceContext } from '../context.ts';
import { describeError } from '../observe/describe-error.ts';
import { backoffMs, pause } from '../resilience/backoff.ts';

/** The service's own database. */
export interface Mongo {
  readonly connection: Connection;
  /** The native driver's database, for what needs no model. */
  readonly db: driver.Db;
  /** A model on this connection; its queries refuse operators that come from a client (`sanitizeFilter`). */
  model<T>(name: string, schema: Schema<T>): Model<T>;
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
 * each attempt reads the binding again. Registers readiness (required) and the closing at shutdown.
 */
export async function connectMongo(ctx: ServiceContext): Promise<Mongo> {
  let current: Connection | undefined;
  ctx.health.register('mongodb', 'required', async () => {
    if (!current?.db || current.readyState !== mongoose.ConnectionStates.connected)
      throw new Error('not connected');
    await current.db.command({ ping: 1 }, { timeoutMS: 1_500 });
  });
  for (let attempt = 0; ; attempt += 1) {
    try {
      current = await open(ctx);
      break;
    } catch (error) {
      ctx.logger.warn('mongodb: not connected yet', { attempt, ...describeError(error) });
      await pause(backoffMs(attempt, { baseMs: 200, capMs: 5_000 }), ctx.lifecycle.signal);
      if (ctx.lifecycle.signal.aborted) throw error;
    }
  }
  const connection = current;
  ctx.lifecycle.onShutdown('close', 'mongodb', () => connection.close());
  return asMongo(connection);
}

function asMongo(connection: Connection): Mongo {
  const { db } = connection;
  if (!db) throw new Error('a connected mongoose connection has a database');
  return { connection, db, model: <T>(name: string, schema: Schema<T>) => connection.model<T>(name, schema) };
}

async function open(ctx: ServiceContext): Promise<Connection> {
  const binding = ctx.bindings.read('mongodb');
  const ca = binding['ca.crt'];
  const options = { ...OPTIONS, appName: ctx.instance, dbName: binding.database, ...(ca ? { ca } : {}) };
  const connection = mongoose.createConnection(binding.uri, options);
  try {
    return await connection.asPromise();
  } catch (error) {
    await connection.close();
    throw error;
  }
}
