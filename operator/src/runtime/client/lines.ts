const NEWLINE = 0x0a;

/** Cuts a stream of bytes into lines at `\n`, whatever the chunks' borders; {@link rest} tells whether an unfinished one is left. */
export class LineSplitter {
  #pending: Buffer[] = [];

  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      const line = this.#complete(chunk.subarray(from, end));
      if (line !== '') lines.push(line);
      from = end + 1;
    }
    if (from < chunk.length) this.#pending.push(chunk.subarray(from));
    return lines;
  }

  /** Bytes of a line that was never ended. */
  get rest(): number {
    return this.#pending.reduce((sum, part) => sum + part.length, 0);
  }

  #complete(tail: Buffer): string {
    if (this.#pending.length === 0) return tail.toString('utf8');
    const line = Buffer.concat([...this.#pending, tail]).toString('utf8');
    this.#pending = [];
    return line;
  }
}
