import { randomBytes } from 'node:crypto';
import { ChunkCipher } from './chunk-cipher.ts';
import type { ContentPlace } from './chunk-cipher.ts';
import { SALT_BYTES } from './header.ts';

export interface PartOptions {
  readonly dataKey: Uint8Array;
  readonly place: ContentPlace;
  readonly keyId: string;
  readonly chunkSize: number;
  /** The number of the first chunk: how many chunks the parts before this one have. */
  readonly first: number;
}

/**
 * Encrypts one part of a content: what one request brought of it. A chunk is made only when it is known whether another one follows;
 * until then its bytes are held, and when the request ends they are the beginning of the next part. A part that is given up and begun
 * again has another salt, so another key: whatever comes the second time, no nonce is used twice.
 */
export class PartWriter {
  /** To be written before the chunks. */
  readonly header: Buffer;
  readonly salt: Buffer;
  readonly #cipher: ChunkCipher;
  readonly #first: number;
  readonly #chunkSize: number;
  readonly #held: Buffer;
  #heldBytes = 0;
  #next: number;
  #hasEnded = false;

  constructor({ dataKey, place, keyId, chunkSize, first }: PartOptions) {
    this.salt = randomBytes(SALT_BYTES);
    this.#cipher = new ChunkCipher(dataKey, place, { keyId, chunkSize, first, salt: this.salt });
    this.header = this.#cipher.header;
    this.#first = first;
    this.#next = first;
    this.#chunkSize = chunkSize;
    this.#held = Buffer.alloc(chunkSize);
  }

  /** How many chunks were made. */
  get chunks(): number {
    return this.#next - this.#first;
  }

  /** Bytes that no chunk has yet: none only before anything has come, at most those of one chunk. */
  get held(): Buffer {
    return this.#held.subarray(0, this.#heldBytes);
  }

  /** Takes bytes. @returns the chunks that are whole and not the last */
  push(bytes: Uint8Array): Buffer[] {
    const made: Buffer[] = [];
    for (let at = 0; at < bytes.length;) {
      if (this.#heldBytes === this.#chunkSize) made.push(...this.#seal(this.held, false));
      at += this.#take(bytes.subarray(at), made);
    }
    return made;
  }

  /** The last chunk of the whole content, of what is held. The part ends with it. */
  end(): Buffer[] {
    const made = this.#seal(this.held, true);
    this.#hasEnded = true;
    this.close();
    return made;
  }

  /** Overwrites key and held bytes. */
  close(): void {
    this.#hasEnded = true;
    this.#cipher.close();
    this.#held.fill(0);
    this.#heldBytes = 0;
  }

  /** Seals whole chunks where they are, as long as more follows; else holds what there is. @returns how much it took */
  #take(bytes: Uint8Array, made: Buffer[]): number {
    if (this.#heldBytes === 0 && bytes.length > this.#chunkSize) {
      made.push(...this.#seal(bytes.subarray(0, this.#chunkSize), false));
      return this.#chunkSize;
    }
    const taken = Math.min(bytes.length, this.#chunkSize - this.#heldBytes);
    this.#held.set(bytes.subarray(0, taken), this.#heldBytes);
    this.#heldBytes += taken;
    return taken;
  }

  #seal(plaintext: Uint8Array, isLast: boolean): Buffer[] {
    if (this.#hasEnded) throw new TypeError('the part has ended');
    const made = this.#cipher.seal({ number: this.#next, isLast }, plaintext);
    this.#next += 1;
    this.#heldBytes = 0;
    return made;
  }
}
