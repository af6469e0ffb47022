import { MongoClient } from 'mongodb';
import type { MongoClientOptions } from 'mongodb';
import type { Binding } from '../bindings.ts';
import type { ServiceContext } from '../context.ts';
import { describeError } from '../observe/describe-error.ts';
import { backoffMs, pause } from '../resilience/backoff.ts';
import { connectionOf } from './connection.ts';
import type { Connection } from './connection.ts';

/**
 * Acknowledged writes are on a majority and reads see only such: the weak defaults lose acknowledged writes.
 */
const OPTIONS: MongoClientOptions = {
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
  ignoreUndefined: true,
};

/** A connection, and the binding that it was made with. */
export interface Opened {
  readonly connection: Connection;
  readonly binding: Binding<'mongodb'>;
}

/** Connects with the binding as it is now, again and again until the database answers or the service ends. */
export async function openPatiently(ctx: ServiceContext): Promise<Opened> {
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
export async function open(ctx: ServiceContext, binding: Binding<'mongodb'>): Promise<Connection> {
  const ca = binding['ca.crt'];
  const client = new MongoClient(binding.uri, { ...OPTIONS, appName: ctx.instance, ...(ca ? { ca } : {}) });
  const connection = connectionOf(client, binding.database);
  try {
    await client.connect();
    await connection.db.command({ ping: 1 });
    return connection;
  } catch (error) {
    await client.close();
    throw error;
  }
}
