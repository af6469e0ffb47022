/** Bytes of plaintext in a chunk, unless the header says otherwise. Each chunk is read and written as a whole. */
export const CHUNK_BYTES = 65_536;
export const SMALLEST_CHUNK_BYTES = 64;
export const LARGEST_CHUNK_BYTES = 1_048_576;
/** What a chunk is longer by once it is encrypted: the tag of AES-GCM. */
export const TAG_BYTES = 16;
/** Chunks of one content: numbers have 32 bits. */
export const MOST_CHUNKS = 2 ** 32;

/** The length of a content and of its chunks, in bytes of plaintext. */
export interface ContentLength {
  readonly size: number;
  readonly chunkSize: number;
}

/** How many chunks a content has. The empty one has one, too: it carries the flag of the last chunk. */
export function chunkCount({ size, chunkSize }: ContentLength): number {
  return Math.max(1, Math.ceil(size / chunkSize));
}

/** Bytes of plaintext in one chunk of a content. */
export function chunkLength({ size, chunkSize }: ContentLength, number: number): number {
  return Math.min(chunkSize, size - number * chunkSize);
}

/** A part of a content, both ends included, as HTTP writes ranges. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** The chunks that hold a range, both ends included, and how many bytes of the first one are before it. */
export interface ChunkRange {
  readonly from: number;
  readonly to: number;
  readonly skip: number;
}

export function chunksOf({ start, end }: ByteRange, chunkSize: number): ChunkRange {
  const from = Math.floor(start / chunkSize);
  return { from, to: Math.floor(end / chunkSize), skip: start - from * chunkSize };
}
