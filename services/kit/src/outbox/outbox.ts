import type { Amqp } from '../amqp/amqp.ts';
import type { ServiceContext } from '../context.ts';
import { newEvent } from '../events/envelope.ts';
import type { CloudEvent, EventContent } from '../events/envelope.ts';
import type { EventType } from '../events/registry.ts';
import type { Collection } from '../mongo/collection.ts';
import { isChangeOfPrimary } from '../mongo/errors.ts';
import { insertUnlessThere } from '../mongo/insert-unless-there.ts';
import { ensureCollections } from '../mongo/mongo.ts';
import type { Mongo } from '../mongo/mongo.ts';
import type { Transaction } from '../mongo/transaction.ts';
import { registerCount } from '../observe/count-gauge.ts';
import { backoffMs, pause } from '../resilience/backoff.ts';
import { startRelay } from './relay.ts';
import { CLAIM_MS, outboxCollection } from './store.ts';
import type { OutboxDocument } from './store.ts';

/** Says what must be heard: an event is published if, and only if, its transaction commits. At least once. */
export interface Outbox {
  /** Adds an event to the transaction; after the commit it is published at once. Returns the event's id. */
  add<T extends EventType>(tx: Transaction, type: T, content: EventContent<T>): Promise<string>;
}

/** Events that no other write belongs to. */
export interface StandaloneEvents {
  /** Resolves when they are on a majority; then they are published, at least once. */
  put<T extends EventType>(type: T, contents: readonly EventContent<T>[]): Promise<void>;
}

export interface OutboxOptions {
  readonly mongo: Mongo;
  readonly amqp: Amqp;
  /** How often events left behind are looked for, in milliseconds. Default 5,000. */
  readonly pollMs?: number;
}

/** Makes the collection, starts the relay, wires the flush at shutdown and the metric. */
export async function createOutbox(
  ctx: ServiceContext,
  options: OutboxOptions,
): Promise<Outbox & StandaloneEvents> {
  const { mongo, amqp } = options;
  await ensureCollections(mongo, [outboxCollection]);
  const documents = mongo.collection<OutboxDocument>(outboxCollection.name);
  registerCount(ctx, {
    name: 'careplane_outbox_pending',
    help: 'Events committed and not yet confirmed by the broker.',
    count: () => documents.count({ pending: true, unroutable: { $exists: false } }, COUNT),
  });
  registerCount(ctx, {
    name: 'careplane_outbox_unroutable',
    help: 'Events kept because no queue takes them (nobody consumes them yet).',
    count: () => documents.count({ pending: true, unroutable: { $gt: 0 } }, COUNT),
  });
  const relay = startRelay(ctx, { documents, amqp, pollMs: options.pollMs ?? 5_000 });
  amqp.onReady(() => {
    relay.wake();
  });
  ctx.lifecycle.onShutdown('flush', 'outbox', () => relay.stop());
  return {
    async add(tx, type, content): Promise<string> {
      const document = documentOf(ctx, newEvent(ctx.name, type, content));
      await documents.insert([document], tx);
      tx.afterCommit(() => {
        relay.publishSoon(document);
      });
      return document._id;
    },
    async put(type, contents): Promise<void> {
      const added = contents.map((content) => documentOf(ctx, newEvent(ctx.name, type, content)));
      await insertRepeatedly(documents, added);
      for (const document of added) relay.publishSoon(document);
    },
  };
}

function documentOf(ctx: ServiceContext, event: CloudEvent): OutboxDocument {
  return {
    _id: event.id,
    event,
    pending: true,
    createdAt: new Date(),
    // claimed by its writer: others look at it only when this replica has not published it in time
    claimedBy: ctx.instance,
    claimedUntil: new Date(Date.now() + CLAIM_MS),
  };
}

const REPEAT = { baseMs: 50, capMs: 500 };
const MOST_REPEATS = 4;

/** Their ids make it harmless to insert them again when the primary has changed meanwhile; the driver does not, see `insertInto`. */
async function insertRepeatedly(
  documents: Collection<OutboxDocument>,
  added: readonly OutboxDocument[],
): Promise<void> {
  try {
    await documents.insert(added);
    return;
  } catch (error) {
    if (!isChangeOfPrimary(error)) throw error;
  }
  for (let attempt = 0; ; attempt += 1) {
    await pause(backoffMs(attempt, REPEAT));
    try {
      for (const document of added) await insertUnlessThere(documents, document);
      return;
    } catch (error) {
      if (!isChangeOfPrimary(error) || attempt >= MOST_REPEATS) throw error;
    }
  }
}

const COUNT = { maxTimeMS: 1_000 } as const;
