import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { framed, Tampered } from '@careplane/kit';
import { encodeHeader } from './header.ts';
import type { PartHeader } from './header.ts';
import { MOST_CHUNKS, TAG_BYTES } from './sizes.ts';

/** Where a content belongs. Its chunks are bound to all of it. */
export interface ContentPlace {
  /** The clinic. */
  readonly tenant: string;
  /** Whose record it is part of, such as `Patient/<id>`. */
  readonly patient: string;
  readonly document: string;
  readonly version: number;
}

const NONCE_BYTES = 12;
const KEY_BYTES = 32;
/** The end of the nonce: the number of the chunk and the flag of the last one. What is before them is zero. */
const NUMBER_AT = 7;
const LAST_AT = 11;

/** A chunk's place in its content. */
interface ChunkAt {
  readonly number: number;
  readonly isLast: boolean;
}

/**
 * AES-256-GCM over the chunks of one part (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015, as in age).
 * The key is this part's alone, by its random salt; the nonce is the chunk's number and the flag of the last one. So a nonce comes
 * twice only where a number does, and `PartWriter` counts.
 */
export class ChunkCipher {
  readonly header: Buffer;
  readonly #key: Buffer;
  readonly #nonce = Buffer.alloc(NONCE_BYTES);
  /** The same for all chunks but for its last bytes, which are those of the nonce. */
  readonly #associated: Buffer;

  constructor(dataKey: Uint8Array, place: ContentPlace, header: PartHeader) {
    const { tenant, patient, document, version } = place;
    this.header = encodeHeader(header);
    this.#key = Buffer.from(hkdfSync('sha256', dataKey, header.salt, 'careplane chunks 1', KEY_BYTES));
    const bound = framed(['chunk', tenant, patient, document, String(version), header.keyId]);
    this.#associated = Buffer.concat([bound, this.header, Buffer.alloc(NONCE_BYTES)]);
  }

  /** @returns ciphertext and tag, which are written one after the other */
  seal(at: ChunkAt, plaintext: Uint8Array): [Buffer, Buffer] {
    this.#moveTo(at);
    const cipher = createCipheriv('aes-256-gcm', this.#key, this.#nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(this.#associated);
    const body = cipher.update(plaintext);
    cipher.final(); // of a stream cipher nothing is left
    return [body, cipher.getAuthTag()];
  }

  /** @throws Tampered */
  open(at: ChunkAt, sealed: Uint8Array): Buffer {
    if (sealed.length < TAG_BYTES) throw new Tampered();
    this.#moveTo(at);
    const end = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv('aes-256-gcm', this.#key, this.#nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(this.#associated);
    decipher.setAuthTag(sealed.subarray(end));
    const plaintext = decipher.update(sealed.subarray(0, end));
    try {
      decipher.final();
    } catch {
      plaintext.fill(0);
      throw new Tampered();
    }
    return plaintext;
  }

  /** Overwrites the key. Nothing is sealed or opened afterwards. */
  close(): void {
    this.#key.fill(0);
  }

  #moveTo({ number, isLast }: ChunkAt): void {
    if (number >= MOST_CHUNKS) throw new RangeError('a content has no more than 2^32 chunks');
    this.#nonce.writeUInt32BE(number, NUMBER_AT);
    this.#nonce.writeUInt8(isLast ? 1 : 0, LAST_AT);
    this.#nonce.copy(this.#associated, this.#associated.length - NONCE_BYTES);
  }
}
