/** Milliseconds between two looks at the authority of a namespace, whoever looks. */
const LOOK_MS = 30_000;

/** The services of a namespace look at its authority one after the other, so that the number of looks does not grow with theirs. */
export class Turns {
  readonly #last = new Map<string, number>();

  /** The next free turn, in milliseconds since the epoch. */
  take(namespace: string, now: number): number {
    const turn = Math.max(now, this.#last.get(namespace) ?? 0) + LOOK_MS;
    this.#last.set(namespace, turn);
    return turn;
  }
}
