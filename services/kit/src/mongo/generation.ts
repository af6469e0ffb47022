import type { Connection, mongo as driver } from 'mongoose';
import { aborted, pause } from '../resilience/backoff.ts';
import type { CollectionIds } from './collections.ts';

/** One connection to the database, made with one binding, and the count of what is under way on it. */
export interface Generation {
  readonly db: driver.Db;
  readonly connection: Connection;
  /** The collections that were found to have their indexes; documents are inserted into no others. */
  collections: CollectionIds;
  /** Something begins that needs this connection; the answer ends it, once. */
  take(): () => void;
  /** Closes the connection when nothing needs it any more. @returns false when it was closed over something. */
  retire(): Promise<boolean>;
}

/** A caller that holds a cursor between two batches, or has yet to read from it, comes back within this time. */
const QUIET_MS = 500;
/** Longer than any request (15 s) and any event handler (60 s) may take. */
const RETIRE_MS = 90_000;

/** A generation of an open connection, and the collections that were verified on it. */
export function generationOf(connection: Connection, collections: CollectionIds = new Map()): Generation {
  const { db } = connection;
  if (!db) throw new Error('a connected mongoose connection has a database');
  let underWay = 0;
  let taken = 0;
  let becameIdle = (): void => undefined;
  const release = (): void => {
    underWay -= 1;
    if (underWay === 0) becameIdle();
  };
  const idle = (): Promise<void> =>
    new Promise((resolve) => {
      becameIdle = resolve;
      if (underWay === 0) resolve();
    });
  const quiet = async (deadline: AbortSignal): Promise<boolean> => {
    for (let before = -1; before !== taken && !deadline.aborted;) {
      await Promise.race([idle(), aborted(deadline)]);
      before = taken;
      await pause(QUIET_MS, deadline);
    }
    return underWay === 0;
  };
  return {
    db,
    connection,
    collections,
    take(): () => void {
      underWay += 1;
      taken += 1;
      return onlyOnce(release);
    },
    async retire(): Promise<boolean> {
      const wasQuiet = await quiet(AbortSignal.timeout(RETIRE_MS));
      await connection.close();
      return wasQuiet;
    },
  };
}

function onlyOnce(run: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    run();
  };
}
