import { EMPTY_ROOT, foldRight } from './hash.ts';
import { hashesOf, perfectRoot, perfectSubtrees, TILE_WIDTH, widthIn } from './tile.ts';
import type { FullTile } from './tile.ts';

/** What a tree needs to grow on: its size and, from level 0, the hashes of the partial tile of each level. */
export interface Edge {
  readonly size: number;
  readonly levels: readonly (readonly Uint8Array[])[];
}

const NONE: readonly FullTile[] = [];

/**
 * An RFC 6962 tree that grows at its right edge. It holds the partial tiles alone, at most 255 hashes a level; full tiles are handed out
 * once and forgotten. To append costs one hash, and 255 more where a tile becomes full.
 */
export class GrowingTree {
  #size = 0;
  readonly #levels: Uint8Array[][];

  constructor(edge: Edge = { size: 0, levels: [] }) {
    this.#size = edge.size;
    this.#levels = edge.levels.map((hashes) => [...hashes]);
  }

  /** Entries in the tree. */
  get size(): number {
    return this.#size;
  }

  /** A tree that grows by itself from here. */
  clone(): GrowingTree {
    return new GrowingTree({ size: this.#size, levels: this.#levels });
  }

  /** Appends an entry by its hash. @returns the tiles that became full by it, from level 0 */
  append(leaf: Uint8Array): readonly FullTile[] {
    this.#size += 1;
    const row = this.#row(0);
    row.push(leaf);
    return row.length < TILE_WIDTH ? NONE : this.#close(0);
  }

  /** The hash of the whole tree. */
  root(): Uint8Array {
    if (this.#size === 0) return EMPTY_ROOT;
    return foldRight(this.#levels.toReversed().flatMap(perfectSubtrees));
  }

  /** The hashes of the partial tile of a level, as a tile is written; empty when there is none. */
  partialTile(level: number): Uint8Array {
    return Buffer.concat(this.#levels[level] ?? []);
  }

  #close(level: number): FullTile[] {
    const row = this.#row(level);
    const root = perfectRoot(row);
    const index = this.#size / TILE_WIDTH ** (level + 1) - 1;
    const tile = { level, index, hashes: Buffer.concat(row), root };
    row.length = 0;
    const above = this.#row(level + 1);
    above.push(root);
    return above.length < TILE_WIDTH ? [tile] : [tile, ...this.#close(level + 1)];
  }

  #row(level: number): Uint8Array[] {
    const row = this.#levels[level] ?? [];
    this.#levels[level] = row;
    return row;
  }
}

/**
 * The tree of that size, from its partial tiles.
 * @param read gives the tile's bytes
 * @throws Malformed for a tile of another length
 */
export async function growingTreeFrom(
  size: number,
  read: (level: number, index: number, width: number) => Promise<Uint8Array>,
): Promise<GrowingTree> {
  const levels: Uint8Array[][] = [];
  for (let level = 0; TILE_WIDTH ** level <= size; level += 1) {
    const index = Math.floor(size / TILE_WIDTH ** (level + 1));
    const width = widthIn(size, { level, index });
    levels.push(width === 0 ? [] : hashesOf(await read(level, index, width), width));
  }
  return new GrowingTree({ size, levels });
}
