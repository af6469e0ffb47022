import { spellingsOf } from './spellings.ts';

interface Needle {
  readonly bytes: Buffer;
  readonly text: string;
}

/** So many bytes of a needle choose its bucket. */
const PREFIX = 3;

/**
 * Which of many texts are in a stream of bytes, in any of their spellings. Time grows with the bytes and hardly with the texts:
 * a table says for each three bytes whether a needle begins with them.
 */
export class TextScanner {
  readonly #begins = new Uint8Array(1 << (8 * PREFIX));
  readonly #buckets = new Map<number, Needle[]>();
  /** Bytes that may be the beginning of a needle which goes on in the next chunk. */
  readonly #overlap: number;

  /** @throws RangeError for a text that is too short to tell anything */
  constructor(texts: Iterable<string>) {
    let longest = PREFIX;
    for (const text of new Set(texts)) {
      for (const bytes of spellingsOf(text)) {
        longest = Math.max(longest, bytes.length);
        const prefix = bytes.readUIntBE(0, PREFIX);
        this.#begins[prefix] = 1;
        const bucket = this.#buckets.get(prefix);
        if (bucket) bucket.push({ bytes, text });
        else this.#buckets.set(prefix, [{ bytes, text }]);
      }
    }
    this.#overlap = longest - 1;
  }

  /** The texts that are in these bytes, in no order. Memory: one chunk at a time. */
  async find(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Set<string>> {
    const found = new Set<string>();
    let rest = Buffer.alloc(0);
    for await (const chunk of chunks) {
      const bytes = rest.length === 0 ? bufferOf(chunk) : Buffer.concat([rest, chunk]);
      this.#findIn(bytes, found);
      rest = Buffer.from(bytes.subarray(Math.max(0, bytes.length - this.#overlap)));
    }
    return found;
  }

  #findIn(bytes: Buffer, found: Set<string>): void {
    let prefix = 0;
    for (let end = 0; end < bytes.length; end += 1) {
      prefix = ((prefix << 8) | (bytes[end] ?? 0)) & 0xff_ff_ff;
      if (this.#begins[prefix] !== 1 || end < PREFIX - 1) continue;
      const start = end - PREFIX + 1;
      for (const needle of this.#buckets.get(prefix) ?? []) {
        if (isAt(bytes, start, needle.bytes)) found.add(needle.text);
      }
    }
  }
}

function isAt(bytes: Buffer, start: number, needle: Buffer): boolean {
  const end = start + needle.length;
  return end <= bytes.length && bytes.compare(needle, 0, needle.length, start, end) === 0;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
