import { foldRight } from './hash.ts';
import { consistencyRanges, inclusionRanges } from './proof.ts';
import type { Range } from './proof.ts';
import { hashesOf, perfectRoot, TILE_WIDTH, widthIn } from './tile.ts';
import type { TileId } from './tile.ts';

/** Gives the bytes of a tile of the tree. */
export type ReadTile = (tile: TileId & { readonly level: number }) => Promise<Uint8Array>;

/** An inclusion proof, made from tiles: the hashes from the leaf upwards. */
export async function inclusionProof(index: number, size: number, read: ReadTile): Promise<Uint8Array[]> {
  return hashesOfRanges(inclusionRanges(index, size), size, read);
}

/** A consistency proof, made from tiles; empty from size 0. */
export async function consistencyProof(oldSize: number, size: number, read: ReadTile): Promise<Uint8Array[]> {
  return hashesOfRanges(consistencyRanges(oldSize, size), size, read);
}

/** The root of the first `size` entries of the tree from which the tiles are. */
export async function rootFromTiles(size: number, read: ReadTile): Promise<Uint8Array> {
  return hashOfRange({ from: 0, to: size }, size, read);
}

async function hashesOfRanges(ranges: readonly Range[], size: number, read: ReadTile): Promise<Uint8Array[]> {
  return Promise.all(ranges.map((range) => hashOfRange(range, size, read)));
}

async function hashOfRange({ from, to }: Range, size: number, read: ReadTile): Promise<Uint8Array> {
  return foldRight(await Promise.all(perfectRanges({ from, to }).map((range) => hashOf(range, size, read))));
}

/** The perfect subtrees of a range, the largest first: none of a proof's ranges begins within one. */
function perfectRanges({ from, to }: Range): Range[] {
  const ranges: Range[] = [];
  for (let at = from; at < to;) {
    let width = 1;
    while (at % (width * 2) === 0 && at + width * 2 <= to) width *= 2;
    ranges.push({ from: at, to: at + width });
    at += width;
  }
  return ranges;
}

async function hashOf({ from, to }: Range, size: number, read: ReadTile): Promise<Uint8Array> {
  let [level, unit] = [0, 1];
  while (unit * TILE_WIDTH <= to - from) [level, unit] = [level + 1, unit * TILE_WIDTH];
  const index = Math.floor(from / unit / TILE_WIDTH);
  const width = widthIn(size, { level, index });
  const hashes = hashesOf(await read({ level, index, width }), width);
  const first = from / unit - index * TILE_WIDTH;
  return perfectRoot(hashes.slice(first, first + (to - from) / unit));
}
