import { keepDoing } from '@careplane/kit';
import type { Collection, Mongo } from '@careplane/kit';
import type { BlobStore } from '../blobs/blob-store.ts';
import { removeAdditions } from './addition-record.ts';
import { contentCollection } from './record.ts';
import type { ContentRecord } from './record.ts';

export interface CollectOptions {
  readonly mongo: Mongo;
  readonly blobs: BlobStore;
  readonly signal: AbortSignal;
  /** How old a blob is that no content has, before it is removed: longer than any request takes. In milliseconds. */
  readonly graceMs: number;
  readonly now?: () => Date;
}

export interface Collected {
  /** Uploads that were given up, contents that nothing refers to, and those of records that were removed. */
  readonly contents: number;
  /** Blobs of requests that ended before they were committed. */
  readonly blobs: number;
}

/** There are blobs and not one content: this is not the database that the blobs belong to. Nothing is removed. */
export class NoContents extends Error {
  override readonly name = 'NoContents';

  constructor() {
    super('there are blobs, and no contents at all: the database is not that of the blobs; none is removed');
  }
}

const AT_ONCE = 100;

/**
 * Removes what nothing refers to: contents whose time is over, then blobs that no content has. Several replicas may do it at once. A
 * content that is attached has no end of its time, and attaching takes only what is not being removed: so of the two, one comes first.
 * @throws NoContents
 */
export async function collect(options: CollectOptions): Promise<Collected> {
  const records = options.mongo.collection<ContentRecord>(contentCollection.name);
  const contents = await collectContents(records, options);
  return { contents, blobs: await collectBlobs(records, options) };
}

async function collectContents(records: Collection<ContentRecord>, options: CollectOptions): Promise<number> {
  const { blobs, signal, now = () => new Date() } = options;
  let collected = 0;
  for (;;) {
    const over = { expiresAt: { $lte: now() } };
    const ended = await records.find(over, { limit: AT_ONCE });
    for (const { _id } of ended) {
      if (signal.aborted) return collected;
      const dropping = await records.findOneAndUpdate(
        { _id, ...over, state: { $ne: 'attached' } },
        { $set: { state: 'dropping' } },
      );
      if (!dropping) continue; // it was attached, or goes on
      for (const { blob } of dropping.parts) await blobs.delete(blob);
      await removeAdditions(options.mongo, _id);
      await records.deleteMany({ _id, state: 'dropping' });
      collected += 1;
    }
    if (ended.length < AT_ONCE) return collected;
  }
}

async function collectBlobs(records: Collection<ContentRecord>, options: CollectOptions): Promise<number> {
  const { blobs, signal, graceMs, now = () => new Date() } = options;
  let collected = 0;
  let names: string[] = [];
  const sweep = async (): Promise<void> => {
    const orphans = await withoutContent(records, names);
    if (orphans.length > 0 && !(await records.findOne({}))) throw new NoContents();
    for (const name of orphans) await blobs.delete(name);
    collected += orphans.length;
    names = [];
  };
  for await (const { name } of blobs.list(new Date(now().getTime() - graceMs))) {
    if (signal.aborted) return collected;
    names.push(name);
    if (names.length >= AT_ONCE) await sweep();
  }
  await sweep();
  return collected;
}

/** Those of these blobs that are no part of a content. */
async function withoutContent(
  records: Collection<ContentRecord>,
  names: readonly string[],
): Promise<string[]> {
  const ids = new Set(names.map((name) => name.split('/')[0] ?? name));
  const found = await records.find({ _id: { $in: [...ids] } }, { projection: { parts: 1 } });
  const parts = new Set(found.flatMap((record) => record.parts.map(({ blob }) => blob)));
  return names.filter((name) => !parts.has(name));
}

export interface KeepCollectingOptions extends CollectOptions {
  readonly everyMs: number;
  readonly onCollected: (collected: Collected) => void;
  readonly onError: (error: unknown) => void;
}

const BACKOFF = { baseMs: 10_000, capMs: 600_000 };

/** Collects for as long as the service runs. */
export async function keepCollecting(options: KeepCollectingOptions): Promise<void> {
  const { signal, everyMs, onCollected, onError } = options;
  const round = async (): Promise<void> => {
    onCollected(await collect(options));
  };
  await keepDoing(round, { signal, everyMs, backoff: BACKOFF, onError });
}
