import { HASH_BYTES } from '@careplane/tlog';
import { Binary, UUID } from 'mongodb';
import type { StoredBatch } from './collections.ts';
import { LogBroken } from './log-broken.ts';

/** An entry as the log holds it: 48 bytes (`encodeEntry` of tlog). */
export type EntryBytes = Uint8Array;

const UUID_BYTES = 16;

/** The batch that holds these entries. */
export function batchOf(
  entries: readonly EntryBytes[],
  at: Pick<StoredBatch, '_id' | 'first' | 'checkpoint'>,
): StoredBatch {
  return {
    ...at,
    ids: entries.map((entry) => new UUID(entry.subarray(0, UUID_BYTES))),
    hashes: new Binary(Buffer.concat(entries.map((entry) => entry.subarray(UUID_BYTES)))),
  };
}

/** The entries of a batch. @throws LogBroken when it has not a hash for each id */
export function entriesOf({ _id, ids, hashes }: StoredBatch): EntryBytes[] {
  const bytes = hashes.buffer;
  if (hashes.length() !== ids.length * HASH_BYTES)
    throw new LogBroken(`the batch ${_id} does not have a hash for each entry`);
  return ids.map((id, at) =>
    Buffer.concat([id.buffer, bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES)]),
  );
}
