import {
  GrowingTree,
  HASH_BYTES,
  isSameHash,
  leafHash,
  parseBundle,
  parseEntry,
  TILE_WIDTH,
  tilePath,
  tilesOf,
  widthIn,
} from '@careplane/tlog';
import type { FullTile, SignedCheckpoint, TileId } from '@careplane/tlog';
import { Lines } from './lines.ts';
import type { AuditExport } from './open-export.ts';
import { readAhead } from './read-ahead.ts';
import { parseRecord, RECORDS, verifyRecord } from './records.ts';
import { reading, Tampered } from './tampered.ts';

/** Hears of the entries verified so far. */
export type Progress = (done: number, size: number) => void;

type TreeTile = Pick<FullTile, 'level' | 'index' | 'hashes'>;

/** 256 entries, and the hashes of them that the tree has. */
interface Bundle {
  readonly tile: TileId;
  readonly bytes: Buffer;
  readonly leaves: Buffer;
}

/** Bundles that are read before their turn. */
const AHEAD = 8;

/** One way through the entries of an export, from the first to the last. */
export class Walk {
  readonly #source: AuditExport;
  readonly #checkpoint: SignedCheckpoint;
  readonly #former: readonly SignedCheckpoint[];
  readonly #tree = new GrowingTree();

  constructor(source: AuditExport, checkpoint: SignedCheckpoint, former: readonly SignedCheckpoint[]) {
    this.#source = source;
    this.#checkpoint = checkpoint;
    this.#former = former;
  }

  /** @throws Tampered at the first thing that is wrong */
  async run(withRecords: boolean, progress: Progress): Promise<void> {
    const { size, root } = this.#checkpoint;
    const most = Math.max(...this.#former.map((one) => one.size), size);
    if (most > size)
      throw new Tampered(
        `the log is shorter than a former checkpoint says: ${most - size} entries are gone from its end`,
      );
    const records = withRecords ? await this.#openRecords() : undefined;
    try {
      this.#compareFormer();
      const bundles = tilesOf(size, 'entries');
      for await (const bundle of readAhead(bundles, (tile) => this.#readBundle(tile), AHEAD)) {
        await this.#verifyBundle(bundle, await records?.take(bundle.tile.width));
        progress(this.#tree.size, size);
      }
      await this.#refuseMore(records);
    } finally {
      await records?.close();
    }
    await this.#comparePartialTiles();
    if (!isSameHash(this.#tree.root(), root))
      throw new Tampered(
        'entries and tiles fit each other, not the signed checkpoint: the log was written anew',
      );
  }

  async #openRecords(): Promise<Lines> {
    const stream = await this.#source.stream(RECORDS);
    if (stream === undefined) throw new Tampered(`there is no ${RECORDS}`);
    return new Lines(stream);
  }

  async #refuseMore(records: Lines | undefined): Promise<void> {
    const [more] = (await records?.take(1)) ?? [];
    if (more === undefined) return;
    const entry = { index: this.#tree.size, id: parseRecord(more)?.id };
    throw new Tampered(`${RECORDS} has a record that is not in the log`, entry);
  }

  async #readBundle(tile: TileId): Promise<Bundle> {
    const [bytes, leaves] = await Promise.all([
      this.#read(tilePath(tile)),
      this.#read(tilePath({ ...tile, level: 0 })),
    ]);
    return { tile, bytes, leaves };
  }

  async #verifyBundle(
    { tile, bytes, leaves }: Bundle,
    records: readonly Buffer[] | undefined,
  ): Promise<void> {
    const path = tilePath(tile);
    const entries = reading(path, () => parseBundle(bytes), { index: this.#tree.size });
    this.#compareLength({ ...tile, level: 0 }, leaves);
    for (let at = 0; at < tile.width; at += 1) {
      const index = this.#tree.size;
      const entry = entries[at];
      if (entry === undefined) throw new Tampered(`is missing from ${path}`, { index });
      this.#verifyEntry(
        entry,
        leaves.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES),
        records && { line: records[at] },
      );
      const full = this.#tree.append(leaves.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
      for (const above of full.slice(1)) await this.#compareTile(above);
      this.#compareFormer();
    }
    if (entries.length > tile.width)
      throw new Tampered(`is in ${path} and not in the log`, { index: this.#tree.size });
  }

  #verifyEntry(
    entry: Uint8Array,
    leaf: Uint8Array,
    record: { readonly line: Buffer | undefined } | undefined,
  ): void {
    const index = this.#tree.size;
    const logged = reading('it', () => parseEntry(entry), { index });
    if (!isSameHash(leafHash(entry), leaf))
      throw new Tampered(
        'its hash is not the one in the tree: it was changed, moved, or one before it is gone',
        {
          index,
          id: logged.id,
        },
      );
    if (record) verifyRecord(record.line, logged, index);
  }

  #compareLength(tile: TileId, bytes: Buffer): void {
    if (bytes.length === tile.width * HASH_BYTES) return;
    throw new Tampered(`${tilePath(tile)} is not of ${tile.width} hashes`, { index: this.#tree.size });
  }

  /** The log begins with what the former checkpoint says, once there are as many entries. */
  #compareFormer(): void {
    for (const { size, root } of this.#former)
      if (size === this.#tree.size && !isSameHash(this.#tree.root(), root))
        throw new Tampered(
          `the first ${size} entries are not those of the former checkpoint: the log was forked or written anew`,
        );
  }

  async #comparePartialTiles(): Promise<void> {
    const { size } = this.#checkpoint;
    for (let level = 1; TILE_WIDTH ** level <= size; level += 1) {
      const index = Math.floor(size / TILE_WIDTH ** (level + 1));
      if (widthIn(size, { level, index }) > 0)
        await this.#compareTile({ level, index, hashes: this.#tree.partialTile(level) });
    }
  }

  async #compareTile({ level, index, hashes }: TreeTile): Promise<void> {
    const path = tilePath({ level, index, width: hashes.length / HASH_BYTES });
    const bytes = await this.#read(path);
    for (let at = 0; at < hashes.length; at += HASH_BYTES) {
      if (isSameHash(bytes.subarray(at, at + HASH_BYTES), hashes.subarray(at, at + HASH_BYTES))) continue;
      const [unit, nth] = [TILE_WIDTH ** level, index * TILE_WIDTH + at / HASH_BYTES];
      throw new Tampered(`the entries ${nth * unit} to ${(nth + 1) * unit - 1} are not those of ${path}`);
    }
    if (bytes.length !== hashes.length) throw new Tampered(`${path} is longer than the log`);
  }

  async #read(path: string): Promise<Buffer> {
    const bytes = await this.#source.read(path);
    if (bytes === undefined) throw new Tampered(`${path} is missing`);
    return bytes;
  }
}
