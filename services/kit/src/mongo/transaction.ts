import mongoose from 'mongoose';
import type { ClientSession, mongo as driver } from 'mongoose';
import { Unavailable } from '../http/errors.ts';
import { backoffMs, pause } from '../resilience/backoff.ts';
import type { Mongo } from './mongo.ts';
import { isTransient, isUnknownCommit } from './errors.ts';

/** A transaction at work. Await each operation before the next: `Promise.all` inside a transaction is undefined. */
export interface Transaction {
  readonly session: ClientSession;
  /** Runs after this attempt has been committed, in order of registration; must not throw. */
  afterCommit(run: () => void): void;
}

export interface TransactionOptions {
  /** Attempts after conflicts stop here, in milliseconds; the answer is then 503. Default 5,000. */
  readonly deadlineMs?: number;
}

/** A popular slot sees tens of writers: a single retry was not enough elsewhere (Medplum#7045). */
const BACKOFF = { baseMs: 8, capMs: 250 };

/** A snapshot of majority-committed data, committed on a majority. */
const LEVEL: driver.TransactionOptions = {
  readConcern: { level: 'snapshot' },
  writeConcern: new mongoose.mongo.WriteConcern('majority'),
  readPreference: 'primary',
  maxCommitTimeMS: 5_000,
};

/**
 * Runs `work` in a transaction; repeats it, with jitter, when the server says that it may be repeated. So `work` must
 * have no effect outside the database but through `afterCommit`.
 * @throws Unavailable when conflicts do not end before the deadline; whatever `work` throws.
 */
export async function withTransaction<T>(
  mongo: Mongo,
  work: (tx: Transaction) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const deadline = Date.now() + (options.deadlineMs ?? 5_000);
  const session = await mongo.startSession();
  try {
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await tryOnce(session, work);
      if (outcome.done) return outcome.value;
      if (Date.now() > deadline) throw new Unavailable(1, { cause: outcome.error });
      await pause(backoffMs(attempt, BACKOFF));
    }
  } finally {
    await session.endSession();
  }
}

type Outcome<T> = { done: true; value: T } | { done: false; error: unknown };

async function tryOnce<T>(
  session: ClientSession,
  work: (tx: Transaction) => Promise<T>,
): Promise<Outcome<T>> {
  const callbacks: (() => void)[] = [];
  session.startTransaction(LEVEL);
  try {
    const value = await work({ session, afterCommit: (run) => void callbacks.push(run) });
    await commit(session);
    for (const run of callbacks) run();
    return { done: true, value };
  } catch (error) {
    if (session.inTransaction()) await session.abortTransaction();
    if (isTransient(error)) return { done: false, error };
    throw error;
  }
}

/** A commit whose outcome is unknown is repeated: the server commits it once. */
async function commit(session: ClientSession): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await session.commitTransaction();
      return;
    } catch (error) {
      if (!isUnknownCommit(error) || attempt >= 3) throw error;
      await pause(backoffMs(attempt, BACKOFF));
    }
  }
}
