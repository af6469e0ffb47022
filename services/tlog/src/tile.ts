import { Malformed } from './errors.ts';
import { foldRight, HASH_BYTES, nodeHash } from './hash.ts';

/** Hashes of a full tile: a subtree of height 8 (c2sp.org/tlog-tiles). */
export const TILE_WIDTH = 256;

/** Which tile: of the tree at a level (0: leaf hashes), or of the entries themselves. */
export interface TileId {
  readonly level: number | 'entries';
  /** Its number within the level, from 0. */
  readonly index: number;
  /** Hashes or entries in it: 256, or fewer at the right edge of the tree. */
  readonly width: number;
}

/** A tile that will not change any more. */
export interface FullTile {
  readonly level: number;
  readonly index: number;
  /** 256 hashes of 32 bytes. */
  readonly hashes: Uint8Array;
  /** The hash of the subtree: what the tile above holds of it. */
  readonly root: Uint8Array;
}

const TOP_LEVEL = 63;
const PATH =
  /^tile\/(?<level>entries|0|[1-9]\d?)\/(?<index>(?:x\d{3}\/)*\d{3})(?:\.p\/(?<width>[1-9]\d{0,2}))?$/;

/** The path below the log's address: `tile/0/x001/234/067`, `tile/entries/000.p/17`. */
export function tilePath({ level, index, width }: TileId): string {
  const path = `tile/${String(level)}/${indexPath(index)}`;
  return width === TILE_WIDTH ? path : `${path}.p/${width}`;
}

/** What `tilePath` wrote. @throws Malformed for every other text, a second spelling of the same tile included */
export function parseTilePath(path: string): TileId {
  const { level, index, width } = PATH.exec(path)?.groups ?? {};
  const tile = {
    level: level === 'entries' ? level : Number(level),
    index: Number(index?.replaceAll(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  } as const;
  if (!isPossible(tile) || tilePath(tile) !== path) throw new Malformed('not the path of a tile');
  return tile;
}

function isPossible({ level, index, width }: TileId): boolean {
  return Number.isSafeInteger(index) && width <= TILE_WIDTH && (level === 'entries' || level <= TOP_LEVEL);
}

/** `1234067` is `x001/x234/067`. */
function indexPath(index: number): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const groups = padded.match(/\d{3}/g) ?? [];
  return groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
}

/** How many hashes the tile has in a tree of that size: 0 when it is beyond the tree's edge. */
export function widthIn(size: number, { level, index }: Pick<TileId, 'level' | 'index'>): number {
  const below = Math.floor(size / TILE_WIDTH ** (level === 'entries' ? 0 : level));
  return Math.max(0, Math.min(TILE_WIDTH, below - index * TILE_WIDTH));
}

/** The tiles of one level in a tree of that size, from the left. */
export function* tilesOf(size: number, level: TileId['level']): Generator<TileId> {
  for (let index = 0; ; index += 1) {
    const width = widthIn(size, { level, index });
    if (width === 0) return;
    yield { level, index, width };
  }
}

/** The hashes of a tile, one by one. @throws Malformed when the bytes are not whole hashes, or not so many */
export function hashesOf(tile: Uint8Array, width: number): Uint8Array[] {
  if (tile.length !== width * HASH_BYTES) throw new Malformed(`a tile of ${width} hashes has another length`);
  return Array.from({ length: width }, (_hash, at) => tile.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
}

/** The roots of the perfect subtrees of which these neighbours consist, the largest first. */
export function perfectSubtrees(hashes: readonly Uint8Array[]): Uint8Array[] {
  const roots: Uint8Array[] = [];
  let from = 0;
  for (let size = TILE_WIDTH; size >= 1; size /= 2) {
    if (hashes.length - from < size) continue;
    roots.push(perfectRoot(hashes.slice(from, from + size)));
    from += size;
  }
  return roots;
}

/** The root above neighbours whose number is a power of two. */
export function perfectRoot(hashes: readonly Uint8Array[]): Uint8Array {
  let row = hashes;
  while (row.length > 1) {
    const above: Uint8Array[] = [];
    for (let at = 0; at + 1 < row.length; at += 2) above.push(pairAt(row, at));
    row = above;
  }
  return foldRight(row);
}

function pairAt(row: readonly Uint8Array[], at: number): Uint8Array {
  const [left, right] = [row[at], row[at + 1]];
  if (left === undefined || right === undefined) throw new RangeError('no pair of hashes');
  return nodeHash(left, right);
}
