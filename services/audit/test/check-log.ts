import {
  encodeBundle,
  encodeEntry,
  GrowingTree,
  leafHash,
  openCheckpoint,
  TILE_WIDTH,
  tilePath,
} from '@careplane/tlog';
import type { FullTile, VerifierKey } from '@careplane/tlog';
import { expect } from '@jest/globals';
import type { Db } from 'mongodb';
import type { StoredBatch, StoredEntry, StoredTile } from '../src/log/collections.ts';

/**
 * Reads all that the database holds and makes the log from it once more: numbers without gaps, each entry once and with its record, each
 * checkpoint right, each full tile of all batches but the last.
 * @returns the ids in the order of the log
 */
export async function checkLog(db: Db, keys: readonly VerifierKey[]): Promise<string[]> {
  const batches = await db.collection<StoredBatch>('log_batches').find().sort({ _id: 1 }).toArray();
  const records = await db.collection<StoredEntry>('log_entries').find().toArray();
  const sealed = new Map(records.map((record) => [record._id, record.sealed.buffer]));
  const tiles = new Map(
    (await db.collection<StoredTile>('log_tiles').find().toArray()).map((tile) => [
      tile._id,
      tile.bytes.buffer,
    ]),
  );
  const tree = new GrowingTree();
  const ids: string[] = [];
  const entries: Uint8Array[] = [];
  for (const [at, batch] of batches.entries()) {
    expect([batch._id, batch.first]).toEqual([at, tree.size]);
    const full: FullTile[] = [];
    for (const id of batch.ids.map(String)) {
      const record = sealed.get(id);
      if (record === undefined) throw new Error(`no record of ${id}`);
      const entry = encodeEntry(id, record);
      ids.push(id);
      entries.push(entry);
      full.push(...tree.append(leafHash(entry)));
    }
    for (const { level, index, hashes } of at < batches.length - 1 ? full : [])
      expect(tiles.get(tilePath({ level, index, width: TILE_WIDTH }))).toEqual(hashes);
    const { size, root } = openCheckpoint(batch.checkpoint, keys);
    expect([size, Buffer.from(root)]).toEqual([tree.size, Buffer.from(tree.root())]);
  }
  const last = batches.at(-1)?.first ?? 0;
  for (let index = 0; (index + 1) * TILE_WIDTH <= last; index += 1)
    expect(tiles.get(tilePath({ level: 'entries', index, width: TILE_WIDTH }))).toEqual(
      encodeBundle(entries.slice(index * TILE_WIDTH, (index + 1) * TILE_WIDTH)),
    );
  expect(new Set(ids).size).toBe(ids.length);
  return ids;
}
