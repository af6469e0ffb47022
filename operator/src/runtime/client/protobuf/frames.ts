const HEADER = 4;
/** Of more bytes than any object has, so that it is none. etcd takes 1.5 MiB. */
const LIMIT = 16 * 1_024 * 1_024;

/** Cuts a stream of bytes into frames, each behind its length, whatever the chunks' borders; {@link rest} tells whether an unfinished one is left. */
export class FrameSplitter {
  #pending: Buffer[] = [];
  #rest = 0;
  /** How many bytes there must be for anything to be done. */
  #needed = HEADER;

  push(chunk: Buffer): Buffer[] {
    this.#pending.push(chunk);
    this.#rest += chunk.length;
    if (this.#rest < this.#needed) return [];
    return this.#cut(this.#pending.length === 1 ? chunk : Buffer.concat(this.#pending));
  }

  /** Bytes of a frame that was never ended. */
  get rest(): number {
    return this.#rest;
  }

  #cut(bytes: Buffer): Buffer[] {
    const frames: Buffer[] = [];
    let from = 0;
    let size = sizeAt(bytes, from);
    for (; from + size <= bytes.length; size = sizeAt(bytes, from)) {
      frames.push(bytes.subarray(from + HEADER, from + size));
      from += size;
    }
    this.#needed = size;
    this.#rest = bytes.length - from;
    this.#pending = this.#rest === 0 ? [] : [bytes.subarray(from)];
    return frames;
  }
}

/** Size of a frame with its header, or of the header alone, as long as that is not there. */
function sizeAt(bytes: Buffer, from: number): number {
  if (bytes.length - from < HEADER) return HEADER;
  const length = bytes.readUInt32BE(from);
  if (length > LIMIT) throw new Error(`a frame of ${length} bytes`);
  return HEADER + length;
}
