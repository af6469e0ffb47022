import type { CloudEvent } from '../events/envelope.ts';
import type { EventType } from '../events/registry.ts';
import type { Collection } from '../mongo/collection.ts';
import type { CollectionSpec } from '../mongo/collections.ts';

/** An event waiting to be published, or (for a day) published. */
export interface OutboxDocument {
  readonly _id: string;
  readonly event: CloudEvent;
  /** Present and true until the broker has confirmed. */
  readonly pending?: true;
  readonly createdAt: Date;
  /** Nobody else publishes the event before this: its claimant does, or it is being deferred. */
  readonly claimedUntil: Date;
  /** The replica that has claimed it. */
  readonly claimedBy: string;
  /** How often the broker found no queue for it. */
  readonly unroutable?: number;
  readonly publishedAt?: Date;
}

/** How long a replica has an event to itself; longer than a publish with its confirm timeout. */
export const CLAIM_MS = 15_000;
const KEEP_PUBLISHED_S = 86_400;
const DEFER_BASE_MS = 10_000;
const DEFER_CAP_MS = 600_000;
const FREE = new Date(0);

export const outboxCollection: CollectionSpec = {
  name: 'outbox',
  indexes: [
    { key: { pending: 1, claimedUntil: 1 }, name: 'pending', partialFilterExpression: { pending: true } },
    { key: { publishedAt: 1 }, name: 'published_expiry', expireAfterSeconds: KEEP_PUBLISHED_S },
  ],
};

type Documents = Collection<OutboxDocument>;

/** Claims events that nobody has a claim on: released ones first, then those whose claimant left them behind. */
export async function claimPending(
  documents: Documents,
  instance: string,
  limit: number,
): Promise<OutboxDocument[]> {
  const now = new Date();
  const free = { pending: true as const, claimedUntil: { $lt: now } };
  const found = await documents.find(free, { sort: { claimedUntil: 1 }, limit });
  if (found.length === 0) return [];
  const ids = found.map((document) => document._id);
  const claimedUntil = new Date(now.getTime() + CLAIM_MS);
  // whoever updates first moves `claimedUntil`, and the other replica's filter no longer matches
  await documents.updateMany({ _id: { $in: ids }, ...free }, { $set: { claimedBy: instance, claimedUntil } });
  const mine = { _id: { $in: ids }, pending: true as const, claimedBy: instance, claimedUntil };
  return documents.find(mine, { sort: { createdAt: 1 } });
}

/** Entries of the audit go on to the audit service, and are many: no second copy is kept for a day. */
const NOT_KEPT: ReadonlySet<EventType> = new Set(['audit.recorded']);

/** Marks events as confirmed by the broker. */
export async function markPublished(
  documents: Documents,
  published: readonly OutboxDocument[],
): Promise<void> {
  const [done = [], kept = []] = [true, false].map((isDone) =>
    published.filter(({ event }) => NOT_KEPT.has(event.type) === isDone).map(({ _id }) => _id),
  );
  if (done.length > 0) await documents.deleteMany({ _id: { $in: done } });
  if (kept.length === 0) return;
  const filter = { _id: { $in: kept } };
  await documents.updateMany(filter, { $unset: { pending: '' }, $set: { publishedAt: new Date() } });
}

/** Gives up claims: any replica may publish these now. */
export async function release(documents: Documents, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await documents.updateMany({ _id: { $in: [...ids] }, pending: true }, { $set: { claimedUntil: FREE } });
}

/** Puts off events that no queue takes: 10 s, doubling to 10 min, for as long as it takes until somebody consumes them. */
export async function defer(documents: Documents, unroutable: readonly OutboxDocument[]): Promise<void> {
  for (const { _id, unroutable: times = 0 } of unroutable) {
    const delay = Math.min(DEFER_CAP_MS, DEFER_BASE_MS * 2 ** Math.min(times, 10));
    await documents.updateOne(
      { _id, pending: true },
      { $set: { claimedUntil: new Date(Date.now() + delay), unroutable: times + 1 } },
    );
  }
}
