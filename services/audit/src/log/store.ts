import { insertUnlessThere, isDuplicateKey } from '@careplane/kit';
import type { Collection, Mongo } from '@careplane/kit';
import { growingTreeFrom, leafHash, parseCheckpoint, TILE_WIDTH, tilePath } from '@careplane/tlog';
import { UUID } from 'mongodb';
import { entriesOf } from './batch.ts';
import type { EntryBytes } from './batch.ts';
import { BATCHES, COSIGNATURES, ENTRIES, TILES } from './collections.ts';
import type { StoredBatch, StoredCosignature, StoredEntry, StoredTile } from './collections.ts';
import { LogHead } from './head.ts';
import type { LogKeys } from './keys.ts';
import { LogBroken } from './log-broken.ts';

/** Batches read in one go. */
const PAGE = 64;
/** How often records that others store at the same time are looked for. */
const ATTEMPTS = 3;

/** The log's collections, by inserts and finds alone. */
export class LogStore {
  readonly #entries: Collection<StoredEntry>;
  readonly #batches: Collection<StoredBatch>;
  readonly #tiles: Collection<StoredTile>;
  readonly #cosignatures: Collection<StoredCosignature>;

  constructor(mongo: Pick<Mongo, 'collection'>) {
    this.#entries = mongo.collection(ENTRIES);
    this.#batches = mongo.collection(BATCHES);
    this.#tiles = mongo.collection(TILES);
    this.#cosignatures = mongo.collection(COSIGNATURES);
  }

  /** The head of the log that the database holds. */
  async openHead(keys: LogKeys): Promise<LogHead> {
    const [last] = await this.#batches.find({}, { sort: { _id: -1 }, limit: 1 });
    if (last === undefined)
      return new LogHead(keys, { batch: 0, tree: await growingTreeFrom(0, noTile), tail: [] });
    const tail = await this.#tailBefore(last);
    const tree = await growingTreeFrom(last.first, (level, index, width) =>
      level === 0
        ? Promise.resolve(Buffer.concat(tail.map(leafHash)))
        : this.#rootsBelow(level, index, width),
    );
    const head = new LogHead(keys, { batch: last._id, tree, tail });
    head.apply(last);
    return head;
  }

  /** The batches from this number on, at most 64. */
  batchesFrom(number: number): Promise<StoredBatch[]> {
    return this.#batches.find({ _id: { $gte: number } }, { sort: { _id: 1 }, limit: PAGE });
  }

  /** @throws the duplicate key error when there is a batch of this number, or one of its entries is in the log */
  insertBatch(batch: StoredBatch): Promise<void> {
    return this.#batches.insert([batch]);
  }

  /** Those of the ids that are in the log. */
  async logged(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const found = await this.#batches.find(
      { ids: { $in: ids.map((id) => new UUID(id)) } },
      { projection: { ids: 1 } },
    );
    const wanted = new Set(ids);
    return new Set(found.flatMap((batch) => batch.ids.map(String)).filter((id) => wanted.has(id)));
  }

  /** The index of an entry in the log; undefined when it is not there. */
  async indexOf(id: string): Promise<number | undefined> {
    const batch = await this.#batches.findOne({ ids: new UUID(id) }, { projection: { first: 1, ids: 1 } });
    return batch ? batch.first + batch.ids.findIndex((other) => other.toString() === id) : undefined;
  }

  /**
   * Stores sealed records, and each but once: the first that comes with an id stays.
   * @returns those of the ids that were there before, with the sealed bytes that are there
   */
  async insertEntries(entries: readonly StoredEntry[]): Promise<ReadonlyMap<string, Uint8Array>> {
    let there = new Map<string, Uint8Array>();
    for (let attempt = 0; ; attempt += 1) {
      const known = there;
      const missing = entries.filter(({ _id }) => !known.has(_id));
      if (missing.length === 0) return there;
      try {
        await this.#entries.insert(missing);
        return there;
      } catch (error) {
        // One that is there and not yet on a majority is not seen: whoever asks comes again.
        if (!isDuplicateKey(error) || attempt === ATTEMPTS) throw error;
        there = await this.sealed(entries.map(({ _id }) => _id));
      }
    }
  }

  /** The sealed bytes of records, by id. */
  async sealed(ids: readonly string[]): Promise<Map<string, Uint8Array>> {
    const found = await this.#entries.find({ _id: { $in: [...ids] } }, { projection: { sealed: 1 } });
    return new Map(found.map(({ _id, sealed }) => [_id, sealed.buffer]));
  }

  async storeTiles(tiles: readonly StoredTile[]): Promise<void> {
    for (const tile of tiles) await insertUnlessThere(this.#tiles, tile);
  }

  /** A full tile or bundle. */
  async tile(path: string): Promise<Uint8Array | undefined> {
    return (await this.#tiles.findById(path))?.bytes.buffer;
  }

  async storeCosignature(cosignature: StoredCosignature): Promise<void> {
    await insertUnlessThere(this.#cosignatures, cosignature);
  }

  /** The cosigned checkpoints of the largest tree that has some under this name of the log. */
  async latestCosigned(origin: string): Promise<string[]> {
    const [latest] = await this.#cosignatures.find({}, { sort: { size: -1 }, limit: 1 });
    const found = latest ? await this.#cosignatures.find({ size: latest.size }) : [];
    return found.map(({ checkpoint }) => checkpoint).filter((one) => parseCheckpoint(one).origin === origin);
  }

  /** The entries after the last full bundle before the batch: at most 255, of as many batches at most. */
  async #tailBefore({ _id, first }: StoredBatch): Promise<EntryBytes[]> {
    const from = first - (first % TILE_WIDTH);
    const batches: StoredBatch[] = [];
    for (let before = _id, reached = first; reached > from;) {
      const page = await this.#batches.find({ _id: { $lt: before } }, { sort: { _id: -1 }, limit: PAGE });
      const oldest = page.at(-1);
      if (oldest === undefined) throw new LogBroken(`batches before ${before} are missing`);
      batches.push(...page);
      [before, reached] = [oldest._id, oldest.first];
    }
    const entries = batches.toReversed().flatMap(entriesOf);
    return entries.slice(entries.length - (first - from));
  }

  /** A tile of a level above 0 in a tree of any size: the roots of the full tiles below it. */
  async #rootsBelow(level: number, index: number, width: number): Promise<Uint8Array> {
    const paths = Array.from({ length: width }, (_path, at) =>
      tilePath({ level: level - 1, index: index * TILE_WIDTH + at, width: TILE_WIDTH }),
    );
    const found = await this.#tiles.find({ _id: { $in: paths } }, { projection: { root: 1 } });
    const roots = new Map(found.map(({ _id, root }) => [_id, root?.buffer]));
    return Buffer.concat(
      paths.map((path) => {
        const root = roots.get(path);
        if (root === undefined) throw new LogBroken(`${path} is missing`);
        return root;
      }),
    );
  }
}

function noTile(): Promise<Uint8Array> {
  return Promise.resolve(new Uint8Array());
}
