/** The writes that have no answer yet, by child: what is to be judged by an answer waits for it. */
export class WritesUnderWay {
  /** Each with what is to be done after it. */
  readonly #waiting = new Map<string, (() => void) | undefined>();

  /** Does it now, or once the write that is under way has ended, well or not; then only what was asked for last. */
  after(id: string, act: () => void): void {
    if (this.#waiting.has(id)) this.#waiting.set(id, act);
    else act();
  }

  /** Resolves and rejects as the write does. */
  async during<T>(id: string, write: () => Promise<T>): Promise<T> {
    this.#waiting.set(id, undefined);
    try {
      return await write();
    } finally {
      const act = this.#waiting.get(id);
      this.#waiting.delete(id);
      act?.();
    }
  }
}
