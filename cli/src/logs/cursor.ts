import { compareTimes, type LogLine } from './line.ts';

/**
 * Where the log of a pod was left, so that it can be gone on with after a break. The API server counts in whole seconds
 * (`sinceTime`): lines of the last second come again, and are known by this.
 */
export class Cursor {
  #last: LogLine | undefined;
  /** Lines of the very moment of the last one. */
  readonly #texts = new Set<string>();

  /** Whether the line is new; it then is the last one. */
  takes(line: LogLine): boolean {
    const order = this.#last === undefined ? 1 : compareTimes(line, this.#last);
    if (order < 0 || (order === 0 && this.#texts.has(line.text))) return false;
    if (order > 0) this.#texts.clear();
    this.#texts.add(line.text);
    this.#last = line;
    return true;
  }

  /** RFC 3339 of the last line; `undefined` before the first. */
  get sinceTime(): string | undefined {
    return this.#last?.time;
  }
}
