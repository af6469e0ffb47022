import type { Db, MongoClient } from 'mongodb';
import { aborted } from '../resilience/backoff.ts';
import type { CollectionIds } from './collections.ts';

/** A client that has connected with one binding, and the count of operations and sessions that use it. */
export interface Connection {
  readonly client: MongoClient;
  readonly db: Db;
  /** The collections that were found to have their indexes; documents are inserted into no others. */
  collections: CollectionIds;
  /** An operation or a session begins; what is returned ends it. */
  take(): () => void;
  /** Closes the client when nothing uses it any more. @returns false when it was closed while something did */
  retire(): Promise<boolean>;
}

/**
 * Longer than a request (15 s) or an event handler (60 s) takes while the server answers. One that waits longer for a silent
 * server fails when its connection is closed, and is repeated.
 */
const RETIRE_MS = 90_000;

/** A connection on which no collection is verified yet. */
export function connectionOf(client: MongoClient, database: string): Connection {
  let uses = 0;
  const idle = Promise.withResolvers<undefined>();
  let retired = false;
  const settle = (): void => {
    if (retired && uses === 0) idle.resolve(undefined);
  };
  return {
    client,
    db: client.db(database),
    collections: new Map(),
    take(): () => void {
      uses += 1;
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        uses -= 1;
        settle();
      };
    },
    async retire(): Promise<boolean> {
      retired = true;
      settle();
      await Promise.race([idle.promise, aborted(AbortSignal.timeout(RETIRE_MS))]);
      const wasIdle = uses === 0;
      await client.close();
      return wasIdle;
    },
  };
}
