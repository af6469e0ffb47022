/** Ends an attempt on a slot and tells those who wait whether it won. */
export type EndAttempt = (won: boolean) => void;

/**
 * Lets one request per slot try at a time within this process; those who wait and hear that another one won need no
 * transaction to lose. Only an economy: rivals in other processes, and visits that overlap without starting together,
 * are kept apart by the unique index.
 */
export class SlotRivals {
  readonly #ahead = new Map<string, Promise<boolean>>();

  /**
   * Waits for the attempt ahead, if there is one. Gives nothing when it won; otherwise it is the caller's turn, who must
   * call what is given when the attempt has ended.
   */
  async enter(slot: string): Promise<EndAttempt | undefined> {
    for (let ahead = this.#ahead.get(slot); ahead !== undefined; ahead = this.#ahead.get(slot)) {
      if (await ahead) return undefined;
    }
    // Nothing is awaited between the look and the mark: in this process nobody else can be trying.
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#ahead.set(slot, promise);
    return (won) => {
      this.#ahead.delete(slot);
      resolve(won);
    };
  }
}
