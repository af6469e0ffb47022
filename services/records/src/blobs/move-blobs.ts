import { createHash } from 'node:crypto';
import { BlobExists, BlobMissing } from './blob-store.ts';
import type { BlobStore } from './blob-store.ts';

export interface MoveOptions {
  readonly from: BlobStore;
  readonly to: BlobStore;
  readonly signal: AbortSignal;
  /** Blobs that were begun later are left: they may not be whole yet. */
  readonly before: Date;
  /** Asked before each blob; false ends the work: another replica does it. */
  readonly mayGoOn: () => Promise<boolean>;
}

export interface Moved {
  readonly blobs: number;
  readonly bytes: number;
  /** Blobs whose bytes are others in the new store: they stay where they were, and somebody must look at them. */
  readonly differing: readonly string[];
}

/**
 * Moves whole blobs to another store, one after the other. A blob is removed from the former store when the new one has given back every
 * byte of it. It can be stopped at any point and begun again, by several replicas at once.
 */
export async function moveBlobs(options: MoveOptions): Promise<Moved> {
  const { from, signal, before, mayGoOn } = options;
  let [blobs, bytes] = [0, 0];
  const differing: string[] = [];
  for await (const { name } of from.list(before)) {
    if (signal.aborted || !(await mayGoOn())) break;
    const size = await from.size(name);
    if (size === undefined) continue; // never finished: `collect` removes it
    const outcome = await moveOne(name, size, options);
    if (outcome === 'differs') differing.push(name);
    if (outcome !== 'moved') continue;
    blobs += 1;
    bytes += size;
  }
  return { blobs, bytes, differing };
}

async function moveOne(
  name: string,
  size: number,
  { from, to }: MoveOptions,
): Promise<'moved' | 'differs' | 'gone'> {
  try {
    if ((await to.size(name)) === undefined) await put(to, name, readAll(from, name, size));
    const there = await to.size(name);
    if (there !== size) return there === undefined ? 'gone' : 'differs';
    const [sent, arrived] = [await digestOf(from, name, size), await digestOf(to, name, size)];
    if (!arrived.equals(sent)) return 'differs';
  } catch (error) {
    if (error instanceof BlobMissing) return 'gone'; // deleted meanwhile, or moved by another replica
    throw error;
  }
  await from.delete(name);
  return 'moved';
}

async function put(to: BlobStore, name: string, source: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    await to.put(name, source);
  } catch (error) {
    if (!(error instanceof BlobExists)) throw error; // another replica was faster: its blob is compared all the same
  }
}

async function digestOf(store: BlobStore, name: string, size: number): Promise<Buffer> {
  const hash = createHash('sha256');
  for await (const piece of readAll(store, name, size)) hash.update(piece);
  return hash.digest();
}

async function* readAll(store: BlobStore, name: string, size: number): AsyncGenerator<Uint8Array> {
  if (size > 0) yield* store.read(name, { start: 0, end: size - 1 });
}
