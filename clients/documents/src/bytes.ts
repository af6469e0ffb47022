/** Bytes whose memory nobody else shares: what WebCrypto and streams take. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** A stream of bytes, as files, requests and answers are. */
export type ByteStream = ReadableStream<Uint8Array>;

export function concat(parts: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** A stream of these parts, one after the other. */
export function streamOf(...parts: readonly Uint8Array[]): ByteStream {
  return new ReadableStream({
    start(controller): void {
      for (const part of parts) if (part.length > 0) controller.enqueue(part);
      controller.close();
    },
  });
}

/** All of a stream in memory: for what is known to be small. */
export async function collect(stream: ByteStream): Promise<Bytes> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return concat(parts);
}

/** First these bytes, then the stream. */
export function prepend(first: Uint8Array, stream: ByteStream): ByteStream {
  return new ByteSource(stream, first).rest();
}

const LINE_FEED = 10;

/** Reads a stream in lines; the rest remains a stream. */
export class ByteSource {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  /** What has come and was not yet given out. */
  #ahead: Uint8Array;

  constructor(stream: ByteStream, ahead: Uint8Array = new Uint8Array()) {
    this.#reader = stream.getReader();
    this.#ahead = ahead;
  }

  /** The next line without its line feed. `undefined` when none ends within so many bytes, or before the end of the stream. */
  async line(limit: number): Promise<Bytes | undefined> {
    const parts: Uint8Array[] = [];
    for (let left = limit; left > 0;) {
      if (!(await this.#fill())) return undefined;
      const end = this.#ahead.subarray(0, left).indexOf(LINE_FEED);
      const part = this.#take(end === -1 ? left : end);
      parts.push(part);
      left -= part.length;
      if (end === -1) continue;
      this.#take(1);
      return concat(parts);
    }
    return undefined;
  }

  /** The next byte, which stays to be read; `undefined` at the end. */
  async peek(): Promise<number | undefined> {
    return (await this.#fill()) ? this.#ahead[0] : undefined;
  }

  /** What was not read, as a stream. Nothing may be read here afterwards. */
  rest(): ByteStream {
    return new ReadableStream<Uint8Array>({
      pull: async (controller): Promise<void> => {
        if (await this.#fill()) controller.enqueue(this.#take(this.#ahead.length));
        else controller.close();
      },
      cancel: (reason) => this.#reader.cancel(reason),
    });
  }

  /** Ends the stream: the rest is not wanted. */
  async cancel(reason?: unknown): Promise<void> {
    await this.#reader.cancel(reason);
  }

  #take(count: number): Uint8Array {
    const taken = this.#ahead.subarray(0, count);
    this.#ahead = this.#ahead.subarray(count);
    return taken;
  }

  /** @returns whether there is a byte */
  async #fill(): Promise<boolean> {
    while (this.#ahead.length === 0) {
      const { done, value } = await this.#reader.read();
      if (done) return false;
      this.#ahead = value;
    }
    return true;
  }
}
