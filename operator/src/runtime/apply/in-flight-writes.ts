interface Waiting {
  writes: number;
  /** What is to be done after the last of them. */
  act?: () => void;
}

/** The writes that have no answer yet, by child: what is to be judged by an answer waits for it. */
export class InFlightWrites {
  readonly #waiting = new Map<string, Waiting>();

  /** Does it now, or once the write that is under way has ended, well or not; then only what was asked for last. */
  after(id: string, act: () => void): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) act();
    else waiting.act = act;
  }

  /** Resolves and rejects as the write does. */
  async during<T>(id: string, write: () => Promise<T>): Promise<T> {
    const waiting = this.#waiting.get(id) ?? { writes: 0 };
    this.#waiting.set(id, waiting);
    waiting.writes++;
    try {
      return await write();
    } finally {
      waiting.writes--;
      if (waiting.writes === 0) {
        this.#waiting.delete(id);
        waiting.act?.();
      }
    }
  }
}
