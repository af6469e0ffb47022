import type { ByteRange } from '../chunks/index.ts';

/** A blob in a list: also one that was never finished, or is being deleted. */
export interface ListedBlob {
  readonly name: string;
  /** When writing it began. */
  readonly begunAt: Date;
}

/**
 * Where ciphertexts lie. Names are unique: nobody writes a second blob of a name. fixtures/blob-store-contract.ts says what every store
 * must do.
 */
export interface BlobStore {
  /**
   * Writes a blob, piece by piece: what `source` gives is asked for when the store can take it. The blob is there when this resolves,
   * and on a majority; when it throws there is none, but perhaps something to delete.
   * @throws BlobExists when there is one of this name, which is somebody else's
   */
  put(name: string, source: AsyncIterable<Uint8Array>): Promise<void>;
  /** Bytes of a blob, both ends included. @throws BlobMissing, also when it goes away meanwhile */
  read(name: string, range: ByteRange): AsyncIterable<Uint8Array>;
  /** Its bytes when the blob is there, as a whole. */
  size(name: string): Promise<number | undefined>;
  /** Removes a blob, or what there is of one; once more does nothing. */
  delete(name: string): Promise<void>;
  /** All blobs that were begun before a time, unfinished ones among them. */
  list(before: Date): AsyncIterable<ListedBlob>;
}

/** There is no such blob, or not all of it. */
export class BlobMissing extends Error {
  override readonly name = 'BlobMissing';
  /** A name is made of random ids. */
  readonly blob: string;

  constructor(blob: string) {
    super('a blob, or a part of it, is missing');
    this.blob = blob;
  }
}

/** There is a blob of this name already. */
export class BlobExists extends Error {
  override readonly name = 'BlobExists';
  readonly blob: string;

  constructor(blob: string) {
    super('there is a blob of this name already');
    this.blob = blob;
  }
}
