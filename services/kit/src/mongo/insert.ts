import { MongoServerError } from 'mongodb';
import type { Document, ErrorDescription } from 'mongodb';
import { Unavailable } from '../http/errors.ts';
import type { InSession } from './collection.ts';
import type { Connection } from './connection.ts';

/** What the server answers to `insert` (mongodb.com/docs/manual/reference/command/insert). */
interface InsertReply {
  readonly writeErrors?: readonly ErrorDescription[];
}

const MAJORITY = { w: 'majority', wtimeout: 10_000 } as const;

/**
 * Inserts into the collection whose indexes were verified. The command carries that collection's UUID
 * (`collectionUUID`, as mongosync uses it; MongoDB 6.0), so that the server itself refuses a collection that another
 * deployment, or a later creation, has under the same name, and creates none implicitly. No check on this side could do
 * that: a command may wait for a server, or go over a new connection, and meet an empty deployment.
 * @throws Unavailable while no such collection is verified; the driver's errors, CollectionUUIDMismatch among them
 */
export async function insertInto(
  { db, collections }: Connection,
  name: string,
  documents: readonly Document[],
  { session }: InSession,
): Promise<void> {
  const collectionUUID = collections.get(name);
  if (collectionUUID === undefined) throw new Unavailable(1, { detail: 'The database is not prepared yet' });
  const command = {
    insert: name,
    documents,
    ordered: true,
    collectionUUID,
    ...(session?.inTransaction() ? {} : { writeConcern: MAJORITY }),
  };
  const options = { ignoreUndefined: true, ...(session ? { session } : {}) };
  const { writeErrors = [] } = (await db.command(command, options)) as InsertReply;
  const [refused] = writeErrors;
  if (refused) throw new MongoServerError(refused);
}
