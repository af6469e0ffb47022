import { Tampered } from '@careplane/kit';
import { ChunkCipher } from './chunk-cipher.ts';
import type { ContentPlace } from './chunk-cipher.ts';
import type { PartHeader } from './header.ts';
import { chunkCount, chunkLength, TAG_BYTES } from './sizes.ts';

export interface ReadOptions {
  readonly dataKey: Uint8Array;
  readonly place: ContentPlace;
  readonly header: PartHeader;
  /** Bytes of plaintext of the whole content, from where it is authenticated. */
  readonly size: number;
}

/** The chunks of a part, from one number to another, both included. */
export interface ChunkSpan {
  readonly from: number;
  readonly to: number;
}

/** Decrypts chunks of one part. Which chunk is the last follows from the size of the content, never from where the bytes end. */
export class PartReader {
  readonly #cipher: ChunkCipher;
  readonly #header: PartHeader;
  readonly #size: number;

  constructor({ dataKey, place, header, size }: ReadOptions) {
    this.#cipher = new ChunkCipher(dataKey, place, header);
    this.#header = header;
    this.#size = size;
  }

  /**
   * Decrypts the chunks of a span, whatever pieces their bytes come in. Nothing of a chunk is given before it is authenticated.
   * @param source exactly these chunks @throws Tampered, also when bytes are missing or more come
   */
  async *read(source: AsyncIterable<Uint8Array>, { from, to }: ChunkSpan): AsyncGenerator<Buffer, void> {
    if (to >= chunkCount(this.#length)) throw new Tampered();
    const begun = Buffer.alloc(this.#header.chunkSize + TAG_BYTES);
    let begunBytes = 0;
    let number = from;
    for await (const piece of source) {
      for (let at = 0; at < piece.length;) {
        if (number > to) throw new Tampered();
        const needed = this.#sealedBytes(number) - begunBytes;
        const bytes = piece.subarray(at, at + needed);
        at += bytes.length;
        if (bytes.length === needed && begunBytes === 0) {
          yield this.#open(number, bytes);
          number += 1;
          continue;
        }
        begun.set(bytes, begunBytes);
        begunBytes += bytes.length;
        if (bytes.length < needed) continue;
        yield this.#open(number, begun.subarray(0, begunBytes));
        begunBytes = 0;
        number += 1;
      }
    }
    if (number <= to) throw new Tampered();
  }

  /** Overwrites the key. */
  close(): void {
    this.#cipher.close();
  }

  #open(number: number, sealed: Uint8Array): Buffer {
    return this.#cipher.open({ number, isLast: number === chunkCount(this.#length) - 1 }, sealed);
  }

  #sealedBytes(number: number): number {
    return chunkLength(this.#length, number) + TAG_BYTES;
  }

  get #length(): { readonly size: number; readonly chunkSize: number } {
    return { size: this.#size, chunkSize: this.#header.chunkSize };
  }
}
