import type { ClientSession, TransactionOptions as DriverOptions } from 'mongodb';
import { WriteConcern } from 'mongodb';
import { Unavailable } from '../http/errors.ts';
import { commitWithin, requireTime } from '../http/timeout.ts';
import { backoffMs, pause } from '../resilience/backoff.ts';
import { isUnknownCommit } from './errors.ts';
import type { Mongo } from './mongo.ts';

/** A transaction at work. Await each operation before the next: `Promise.all` inside a transaction is undefined. */
export interface Transaction {
  readonly session: ClientSession;
  /** Runs after this attempt has been committed, in order of registration; must not throw. */
  afterCommit(run: () => void): void;
}

export interface TransactionOptions {
  /** No attempt and no repetition of a commit begins after this, in milliseconds; the answer is then 503. Default 5,000. */
  readonly deadlineMs?: number;
  /** Of the request that it is for (`requestSignal`): once that was answered 503 or its client is gone, nothing is committed. */
  readonly signal?: AbortSignal | undefined;
}

/** A snapshot of majority-committed data, committed on a majority. */
const LEVEL: DriverOptions = {
  readConcern: { level: 'snapshot' },
  writeConcern: new WriteConcern('majority'),
  readPreference: 'primary',
  maxCommitTimeMS: 5_000,
};

const BACKOFF = { baseMs: 20, capMs: 500 };

/**
 * Runs `work` in a transaction; the driver repeats it, with jitter, when the server says that it may be repeated. So
 * `work` must have no effect outside the database but through `afterCommit`.
 * @throws Unavailable when conflicts do not end before the deadline, when the request's time is over, or when the server does not
 * say whether it committed, which may then be so; whatever `work` throws.
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
      requireTime(options.signal);
      callbacks = [];
      try {
        const done = await work({ session, afterCommit: (run) => void callbacks.push(run) });
        await commitWithin(options.signal, () => commit(session, deadline));
        return done;
      } catch (error) {
        conflict = error;
        throw error;
      }
    }, LEVEL);
    for (const run of callbacks) run();
    return value;
  } catch (error) {
    if (!isUnknownCommit(error)) throw error;
    throw new Unavailable(1, { detail: 'Whether it was saved is not known', cause: error });
  } finally {
    await session.endSession();
  }
}

/** Commits here, since the driver would repeat a commit whose result is not known for up to 120 s. */
async function commit(session: ClientSession, deadline: number): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await session.commitTransaction();
      return;
    } catch (error) {
      const waitMs = backoffMs(attempt, BACKOFF);
      if (!isUnknownCommit(error) || performance.now() + waitMs > deadline) throw error;
      await pause(waitMs);
    }
  }
}
