import type { ServiceContext } from '../context.ts';
import { ensureCollections } from '../mongo/mongo.ts';
import type { Mongo } from '../mongo/mongo.ts';
import { isDuplicateKey } from '../mongo/errors.ts';
import { withTransaction } from '../mongo/transaction.ts';
import type { Transaction } from '../mongo/transaction.ts';

/** Remembers which events were handled. */
export interface Inbox {
  /**
   * Runs `handle` in a transaction together with the note that the event was handled: at most once per event, whatever
   * the broker repeats. Resolves with `duplicate`, without running it, when it was handled before.
   */
  once(eventId: string, handle: (tx: Transaction) => Promise<void>): Promise<'ok' | 'duplicate'>;
  /** Whether the event was handled before: for effects outside the database, asked before the effect. */
  has(eventId: string): Promise<boolean>;
}

interface InboxDocument {
  readonly _id: string;
  readonly handledAt: Date;
}

const COLLECTION = 'inbox';
/** Longer than any message can wait in retry and dead-letter queues before somebody replays it. */
const KEEP_S = 30 * 86_400;

/** Makes the collection and gives the inbox of this consumer. */
export async function createInbox(ctx: ServiceContext, options: { readonly mongo: Mongo }): Promise<Inbox> {
  const { mongo } = options;
  await ensureCollections(mongo, [
    { name: COLLECTION, indexes: [{ key: { handledAt: 1 }, name: 'expiry', expireAfterSeconds: KEEP_S }] },
  ]);
  const documents = mongo.collection<InboxDocument>(COLLECTION);
  const idOf = (eventId: string): string => `${ctx.name}|${eventId}`;
  return {
    has: async (eventId) => (await documents.count({ _id: idOf(eventId) }, { limit: 1 })) > 0,
    async once(eventId, handle): Promise<'ok' | 'duplicate'> {
      try {
        await withTransaction(mongo, async (tx) => {
          await insertOnce(() => documents.insert([{ _id: idOf(eventId), handledAt: new Date() }], tx));
          await handle(tx);
        });
        return 'ok';
      } catch (error) {
        if (error instanceof HandledBefore) return 'duplicate';
        throw error;
      }
    },
  };
}

class HandledBefore extends Error {
  override readonly name = 'HandledBefore';
}

/** Only this insert's duplicate means "handled before"; one inside `handle` is the handler's own matter. */
async function insertOnce(insert: () => Promise<unknown>): Promise<void> {
  try {
    await insert();
  } catch (error) {
    if (isDuplicateKey(error)) throw new HandledBefore();
    throw error;
  }
}
