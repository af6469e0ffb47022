import type { ClientSession, TransactionOptions as DriverOptions } from 'mongodb';
import { WriteConcern } from 'mongodb';
import { Unavailable } from '../http/errors.ts';
import type { Mongo } from './mongo.ts';

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

/** A snapshot of majority-committed data, committed on a majority. */
const LEVEL: DriverOptions = {
  readConcern: { level: 'snapshot' },
  writeConcern: new WriteConcern('majority'),
  readPreference: 'primary',
  maxCommitTimeMS: 5_000,
};

/**
 * Runs `work` in a transaction; the driver repeats it, with jitter, when the server says that it may be repeated. So
 * `work` must have no effect outside the database but through `afterCommit`.
 * @throws Unavailable when conflicts do not end before the deadline; whatever `work` throws.
 */
export async function withTransaction<T>(
  mongo: Mongo,
  work: (tx: Transaction) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  // The driver's own limit for repetitions is a fixed 120 s: longer than anybody waits for an answer.
  const deadline = performance.now() + (options.deadlineMs ?? 5_000);
  let attempts = 0;
  let conflict: unknown;
  let callbacks: (() => void)[] = [];
  const session = mongo.startSession();
  try {
    const value = await session.withTransaction(async () => {
      attempts += 1;
      if (attempts > 1 && performance.now() > deadline) throw new Unavailable(1, { cause: conflict });
      callbacks = [];
      try {
        return await work({ session, afterCommit: (run) => void callbacks.push(run) });
      } catch (error) {
        conflict = error;
        throw error;
      }
    }, LEVEL);
    for (const run of callbacks) run();
    return value;
  } finally {
    await session.endSession();
  }
}
