import {
  encodeBundle,
  isSameHash,
  leafHash,
  openCheckpoint,
  signCheckpoint,
  TILE_WIDTH,
  tilePath,
} from '@careplane/tlog';
import type { Checkpoint, GrowingTree } from '@careplane/tlog';
import { Binary } from 'mongodb';
import { batchOf, entriesOf } from './batch.ts';
import type { EntryBytes } from './batch.ts';
import type { StoredBatch, StoredTile } from './collections.ts';
import type { LogKeys } from './keys.ts';
import { LogBroken } from './log-broken.ts';

/** Where a log is after a batch. */
export interface LogPosition {
  /** Number of the next batch. */
  readonly batch: number;
  readonly tree: GrowingTree;
  /** The entries of the partial bundle. */
  readonly tail: readonly EntryBytes[];
}

/** The log up to a batch, as this replica knows it. It decides nothing: what batches there are, the database says. */
export class LogHead {
  readonly #keys: LogKeys;
  #batch: number;
  #tree: GrowingTree;
  #tail: EntryBytes[];
  #checkpoint: string;
  /** Of the last batch: those of all others were stored before it. */
  #finished: readonly StoredTile[] = [];

  constructor(keys: LogKeys, { batch, tree, tail }: LogPosition) {
    this.#keys = keys;
    this.#batch = batch;
    this.#tree = tree;
    this.#tail = [...tail];
    this.#checkpoint = signCheckpoint(this.#headOf(tree), [keys.signing]);
  }

  get size(): number {
    return this.#tree.size;
  }

  /** Number of the next batch. */
  get nextBatch(): number {
    return this.#batch;
  }

  /** The checkpoint of the last batch, signed by the log. */
  get checkpoint(): string {
    return this.#checkpoint;
  }

  /** The tiles and bundles that became full by the last batch: they are stored before another batch is. */
  get finished(): readonly StoredTile[] {
    return this.#finished;
  }

  /** The bytes of the partial tile of a level. */
  partialTile(level: number): Uint8Array {
    return this.#tree.partialTile(level);
  }

  /** The entries of the partial bundle. */
  get tail(): readonly EntryBytes[] {
    return this.#tail;
  }

  /** The batch that would append these entries. It is in the log once the database has taken it. */
  propose(entries: readonly EntryBytes[]): StoredBatch {
    const tree = this.#tree.clone();
    for (const entry of entries) tree.append(leafHash(entry));
    const checkpoint = signCheckpoint(this.#headOf(tree), [this.#keys.signing]);
    return batchOf(entries, { _id: this.#batch, first: this.#tree.size, checkpoint });
  }

  /** Goes on to the next batch, which the database holds. @throws LogBroken when its checkpoint does not sign what it holds */
  apply(batch: StoredBatch): void {
    if (batch._id !== this.#batch || batch.first !== this.#tree.size)
      throw new LogBroken(`the batch ${batch._id} does not follow on ${this.#tree.size} entries`);
    const tree = this.#tree.clone();
    const tail = [...this.#tail];
    const finished: StoredTile[] = [];
    for (const entry of entriesOf(batch)) {
      tail.push(entry);
      for (const { level, index, hashes, root } of tree.append(leafHash(entry)))
        finished.push({ _id: fullPath(level, index), bytes: new Binary(hashes), root: new Binary(root) });
      if (tail.length < TILE_WIDTH) continue;
      const bundle = new Binary(encodeBundle(tail.splice(0)));
      finished.push({ _id: fullPath('entries', tree.size / TILE_WIDTH - 1), bytes: bundle });
    }
    const signed = this.#verify(batch, tree);
    [this.#batch, this.#tree, this.#tail, this.#finished] = [batch._id + 1, tree, tail, finished];
    // The log had another name then: what it says under this one is signed anew.
    this.#checkpoint =
      signed.origin === this.#origin
        ? batch.checkpoint
        : signCheckpoint(this.#headOf(tree), [this.#keys.signing]);
  }

  #verify({ _id, checkpoint }: StoredBatch, tree: GrowingTree): Checkpoint {
    const signed = openCheckpoint(checkpoint, this.#keys.verifiers);
    if (signed.size !== tree.size || !isSameHash(signed.root, tree.root()))
      throw new LogBroken(`the checkpoint of the batch ${_id} is not of the log with it`);
    return signed;
  }

  #headOf(tree: GrowingTree): Checkpoint {
    return { origin: this.#origin, size: tree.size, root: tree.root() };
  }

  get #origin(): string {
    return this.#keys.signing.verifier.name;
  }
}

function fullPath(level: number | 'entries', index: number): string {
  return tilePath({ level, index, width: TILE_WIDTH });
}
