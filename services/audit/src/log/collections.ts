import type { CollectionSpec } from '@careplane/kit';
import type { Binary, UUID } from 'mongodb';

/** The sealed records, by the id of their entry. */
export const ENTRIES = 'log_entries';
/** The batches in which entries came into the log: their numbers have no gap, so whoever inserts one decides what it is. */
export const BATCHES = 'log_batches';
/** Full tiles and entry bundles, by their paths: they follow from the batches. */
export const TILES = 'log_tiles';
/** Cosignatures of witnesses on checkpoints. */
export const COSIGNATURES = 'log_cosignatures';

/** What an entry is found by, stored as it is given. Nothing in it is personal: it is not encrypted. */
export type ClearFields = Readonly<Record<string, unknown>>;

export interface StoredEntry {
  /** The entry's UUID. */
  readonly _id: string;
  readonly sealed: Binary;
  readonly index: ClearFields;
}

export interface StoredBatch {
  /** Its number, from 0. */
  readonly _id: number;
  /** Index of its first entry: the size of the tree before it. */
  readonly first: number;
  /** Ids of its entries, in order. A unique index: no id is in the log twice. */
  readonly ids: readonly UUID[];
  /** SHA-256 of each sealed record, in order: 32 bytes each. */
  readonly hashes: Binary;
  /** The signed checkpoint of the tree with this batch. */
  readonly checkpoint: string;
}

export interface StoredTile {
  /** The path of c2sp.org/tlog-tiles. */
  readonly _id: string;
  readonly bytes: Binary;
  /** The hash of the whole tile; a bundle has none. */
  readonly root?: Binary;
}

export interface StoredCosignature {
  /** `<origin> <witness> <size>` */
  readonly _id: string;
  readonly size: number;
  /** The checkpoint with the signatures of the log and of this witness. */
  readonly checkpoint: string;
}

/** The log's collections. All of them are only inserted into and read. */
export function logCollections(entryIndexes: CollectionSpec['indexes'] = []): CollectionSpec[] {
  return [
    { name: ENTRIES, indexes: entryIndexes },
    { name: BATCHES, indexes: [{ name: 'ids', key: { ids: 1 }, unique: true }] },
    { name: TILES },
    { name: COSIGNATURES, indexes: [{ name: 'size', key: { size: -1 } }] },
  ];
}
