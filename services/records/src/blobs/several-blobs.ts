import type { ByteRange } from '../chunks/index.ts';
import { BlobMissing } from './blob-store.ts';
import type { BlobStore, ListedBlob } from './blob-store.ts';

/**
 * New blobs go to `newest`; the others are read, listed and deleted where they are, also while they move from one store to a later one.
 * @param stores in the order in which they are asked
 */
export function severalBlobs(newest: BlobStore, stores: readonly BlobStore[]): BlobStore {
  return {
    put: (name, source) => newest.put(name, source),
    read: (name, range) => readFrom(stores, name, range),
    async size(name) {
      for (const store of stores) {
        const bytes = await store.size(name);
        if (bytes !== undefined) return bytes;
      }
      return undefined;
    },
    async delete(name) {
      for (const store of stores) await store.delete(name);
    },
    async *list(before): AsyncGenerator<ListedBlob> {
      for (const store of stores) yield* store.list(before);
    },
  };
}

/** Goes on in the next store where a blob ends that is taken away. */
async function* readFrom(
  stores: readonly BlobStore[],
  name: string,
  { start, end }: ByteRange,
): AsyncGenerator<Uint8Array> {
  let at = start;
  for (const store of stores) {
    try {
      for await (const bytes of store.read(name, { start: at, end })) {
        at += bytes.length;
        yield bytes;
      }
      return;
    } catch (error) {
      if (!(error instanceof BlobMissing)) throw error;
    }
  }
  throw new BlobMissing(name);
}
