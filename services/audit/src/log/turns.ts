/** Does one thing after the other, in the order in which they come. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Begins the work once all that came before has ended, well or not. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined); // whoever asked for the work hears of its error
    return turn;
  }
}
