import { encodeBundle, HASH_BYTES, parseBundle, parseEntry, TILE_WIDTH, tilePath } from '@careplane/tlog';
import type { TileId } from '@careplane/tlog';
import type { Replica } from './replica.ts';
import type { LogStore } from './store.ts';

/** What the log serves. */
export class LogReader {
  readonly #store: LogStore;
  readonly #replica: Replica;

  constructor(store: LogStore, replica: Replica) {
    this.#store = store;
    this.#replica = replica;
  }

  /** The bytes of a tile or an entry bundle, of any width that the log has reached; undefined beyond its edge. */
  async tile(tile: TileId): Promise<Uint8Array | undefined> {
    const known = await this.#knownTile(tile);
    if (known !== undefined) return known;
    await this.#replica.follow(); // another replica may have come so far
    return this.#knownTile(tile);
  }

  /** The sealed records of a bundle, in the order of the log; undefined beyond its edge. */
  async records(bundle: Pick<TileId, 'index' | 'width'>): Promise<SealedRecord[] | undefined> {
    const bytes = await this.tile({ ...bundle, level: 'entries' });
    if (bytes === undefined) return undefined;
    const ids = parseBundle(bytes).map((entry) => parseEntry(entry).id);
    const sealed = await this.#store.sealed(ids);
    return ids.map((id) => ({ id, sealed: sealed.get(id) }));
  }

  async #knownTile(tile: TileId): Promise<Uint8Array | undefined> {
    const partial = this.#partialTile(tile);
    if (partial !== undefined) return partial;
    const path = tilePath({ ...tile, width: TILE_WIDTH });
    const full =
      this.#replica.head.finished.find(({ _id }) => _id === path)?.bytes.buffer ??
      (await this.#store.tile(path));
    return full && beginningOf(full, tile);
  }

  /** From the right edge of the tree, which is in memory. */
  #partialTile({ level, index, width }: TileId): Uint8Array | undefined {
    const { head } = this.#replica;
    const unit = level === 'entries' ? 1 : TILE_WIDTH ** level;
    if (index !== Math.floor(head.size / unit / TILE_WIDTH)) return undefined;
    if (level === 'entries')
      return width > head.tail.length ? undefined : encodeBundle(head.tail.slice(0, width));
    const hashes = head.partialTile(level);
    return hashes.length < width * HASH_BYTES ? undefined : hashes.subarray(0, width * HASH_BYTES);
  }
}

/** A record as it is exported; `sealed` is undefined when the database has lost it, which the verifier then says. */
export interface SealedRecord {
  readonly id: string;
  readonly sealed: Uint8Array | undefined;
}

/** A full tile also serves the narrower ones that it was before. */
function beginningOf(full: Uint8Array, { level, width }: TileId): Uint8Array {
  if (width === TILE_WIDTH) return full;
  return level === 'entries'
    ? encodeBundle(parseBundle(full).slice(0, width))
    : full.subarray(0, width * HASH_BYTES);
}
