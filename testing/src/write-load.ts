import { setTimeout as delay } from 'node:timers/promises';
import { WriteConcern, type MongoClient } from 'mongodb';

/** What a load has had acknowledged so far. */
export interface WriteLoad {
  /** Longest time without an acknowledgement since the last call, in milliseconds. */
  longestGap(): number;
  /** Acknowledged writes so far. */
  acknowledged(): number;
  /** Writes that failed, and were tried again as new ones. */
  readonly failures: readonly unknown[];
  /** Ends the load. Resolves to the acknowledged writes that the database does not have. */
  stop(): Promise<string[]>;
}

/** Milliseconds after which a writer whose write failed goes on, as a user would. */
const PAUSE_MS = 10;

export interface WriteLoadOptions {
  database: string;
  /** How many write at once. */
  writers: number;
  /** Ends the writers when they are not ended by {@link WriteLoad.stop}. */
  signal: AbortSignal;
}

/**
 * Writers that book as a service does: each claims a cell and makes an appointment in one transaction, on a majority.
 * @param client logged in as somebody who may write the database
 */
export async function startWriteLoad(
  client: MongoClient,
  { database, writers, signal }: WriteLoadOptions,
): Promise<WriteLoad> {
  const db = client.db(database);
  const cells = db.collection<{ _id: string }>('cells');
  const appointments = db.collection<{ _id: string }>('appointments');
  for (const name of ['cells', 'appointments']) await db.createCollection(name);
  const acknowledged: string[] = [];
  const failures: unknown[] = [];
  let last = performance.now();
  let longest = 0;
  let isOver = false;
  const book = async (_id: string): Promise<void> => {
    await client.withSession((session) =>
      session.withTransaction(
        async () => {
          await cells.insertOne({ _id }, { session });
          await appointments.insertOne({ _id }, { session });
        },
        { readConcern: { level: 'snapshot' }, writeConcern: new WriteConcern('majority') },
      ),
    );
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    acknowledged.push(_id);
  };
  const write = async (writer: number): Promise<void> => {
    for (let index = 0; !isOver && !signal.aborted; index++) {
      try {
        await book(`${writer}-${index}`);
      } catch (error) {
        failures.push(error);
        await delay(PAUSE_MS);
      }
    }
  };
  const running = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  return {
    failures,
    longestGap: () => {
      const gap = Math.max(longest, performance.now() - last);
      longest = 0;
      return gap;
    },
    acknowledged: () => acknowledged.length,
    stop: async () => {
      isOver = true;
      await running;
      const kept = new Set((await appointments.find().toArray()).map(({ _id }) => _id));
      return acknowledged.filter((id) => !kept.has(id));
    },
  };
}
