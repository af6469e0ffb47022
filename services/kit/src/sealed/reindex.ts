import type { Collection } from '../mongo/collection.ts';
import type { BlindIndex } from '../protection/blind-index.ts';
import type { SealedCodec } from './codec.ts';
import type { SealedRecord } from './kind.ts';
import { staleMarks } from './lookup.ts';
import { unlessErased } from './sealing.ts';

interface Reindexed<F extends object> {
  readonly records: Collection<SealedRecord<F>>;
  readonly codec: SealedCodec<F>;
  readonly index: BlindIndex;
}

export interface ReindexOptions {
  readonly signal: AbortSignal;
  /** So many records are read at once. Default 100. */
  readonly batch?: number;
}

/** Makes tokens anew that are of other lookup keys than the current one. @returns how many records were looked at */
export async function reindex<F extends object>(
  reindexed: Reindexed<F>,
  { signal, batch = 100 }: ReindexOptions,
): Promise<number> {
  const { records, index } = reindexed;
  const stale = await staleMarks(records, index);
  let done = 0;
  for (let after = ''; !signal.aborted;) {
    const filter = { lookup: { $in: stale }, _id: { $gt: after } } as never;
    const page = await records.find(filter, { projection: { tokens: 0 }, sort: { _id: 1 }, limit: batch });
    for (const record of page) await indexAgain(reindexed, record);
    done += page.length;
    const last = page.at(-1);
    if (!last) break;
    after = last._id;
  }
  return done;
}

/** A record that was changed or indexed meanwhile is left as it is. */
async function indexAgain<F extends object>(
  { records, codec, index }: Reindexed<F>,
  record: SealedRecord<F>,
): Promise<void> {
  const { _id, version, lookup } = record;
  const resource = await unlessErased(codec.decrypt(record));
  const fresh = resource ? codec.index(resource) : { tokens: [], lookup: index.mark };
  await records.updateOne({ _id, version, lookup } as never, { $set: fresh });
}
