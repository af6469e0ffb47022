import { Failure } from '../failure.ts';

/** Longer than any sealed record in base64. */
const LONGEST_LINE = 4 * 1024 * 1024;
const NEWLINE = 10;

/** The lines of a stream, a group at a time: a promise for each of a million lines costs more than the lines. */
export class Lines {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);
  #hasEnded = false;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next lines, without their newlines: fewer than asked for at the end. @throws Failure for a line without end */
  async take(count: number): Promise<Buffer[]> {
    const lines: Buffer[] = [];
    while (lines.length < count) {
      const end = this.#rest.indexOf(NEWLINE);
      if (end >= 0) {
        lines.push(this.#rest.subarray(0, end));
        this.#rest = this.#rest.subarray(end + 1);
      } else if (!(await this.#more())) {
        if (this.#rest.length > 0) lines.push(this.#rest);
        this.#rest = Buffer.alloc(0);
        return lines;
      }
    }
    return lines;
  }

  /** Ends the stream, whatever has yet to be read of it. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #more(): Promise<boolean> {
    if (this.#rest.length > LONGEST_LINE)
      throw new Failure('records.ndjson has a line that is too long for a record');
    if (this.#hasEnded) return false;
    const next = await this.#chunks.next();
    if (next.done === true) {
      this.#hasEnded = true;
      return false;
    }
    this.#rest = this.#rest.length === 0 ? next.value : Buffer.concat([this.#rest, next.value]);
    return true;
  }
}
