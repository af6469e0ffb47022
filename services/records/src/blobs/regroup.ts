/** Bytes that several streams may hold in memory together. */
export interface Memory {
  /** @throws when so many are not left */
  take(bytes: number): void;
  give(bytes: number): void;
}

const UNCOUNTED: Memory = {
  take: () => undefined,
  give: () => undefined,
};

/**
 * The same bytes in pieces of one size; the last one has what is left, and is not empty. All are in one buffer: each is good until the next
 * is asked for. The buffer grows with what has come, out of `memory`.
 */
export async function* regrouped(
  source: AsyncIterable<Uint8Array>,
  size: number,
  memory: Memory = UNCOUNTED,
): AsyncGenerator<Buffer> {
  const piece = new Piece(size, memory);
  try {
    for await (const bytes of source) yield* whatIsFull(piece, bytes);
    const rest = piece.empty();
    if (rest.length > 0) yield rest;
  } finally {
    piece.release();
  }
}

function* whatIsFull(piece: Piece, bytes: Uint8Array): Generator<Buffer> {
  for (let at = 0; at < bytes.length;) {
    at += piece.fill(bytes.subarray(at));
    if (piece.isFull) yield piece.empty();
  }
}

/** A buffer begins with so many bytes, and doubles: most contents are small. */
const FIRST_BYTES = 65_536;

class Piece {
  readonly #size: number;
  readonly #memory: Memory;
  #bytes: Buffer;
  #filled = 0;

  constructor(size: number, memory: Memory) {
    this.#size = size;
    this.#memory = memory;
    this.#bytes = this.#reserve(FIRST_BYTES);
  }

  get isFull(): boolean {
    return this.#filled === this.#size;
  }

  /** @returns how many of the bytes it has taken */
  fill(bytes: Uint8Array): number {
    if (this.#filled === this.#bytes.length) this.#grow();
    const part = bytes.subarray(0, this.#bytes.length - this.#filled);
    this.#bytes.set(part, this.#filled);
    this.#filled += part.length;
    return part.length;
  }

  /** What is in it, until it is filled again. */
  empty(): Buffer {
    const content = this.#bytes.subarray(0, this.#filled);
    this.#filled = 0;
    return content;
  }

  release(): void {
    this.#memory.give(this.#bytes.length);
  }

  #grow(): void {
    const larger = this.#reserve(2 * this.#bytes.length);
    this.#bytes.copy(larger);
    this.#memory.give(this.#bytes.length);
    this.#bytes = larger;
  }

  #reserve(wanted: number): Buffer {
    const bytes = Math.min(this.#size, wanted);
    this.#memory.take(bytes);
    return Buffer.allocUnsafeSlow(bytes);
  }
}
