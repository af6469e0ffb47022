import type { Clock } from '../clock.ts';

interface Corrections {
  /** When, of the last minute. */
  corrected: number[];
  /** How many were put off; 0: none. */
  rounds: number;
  /** No correction before, on the monotonic scale. */
  until: number;
}

/** More corrections of one child than this, in this time, are a drift war with another writer. */
const BURST = 5;
const WINDOW_MS = 60_000;
const FIRST_DRIFT_BACKOFF_MS = 10_000;
export const LONGEST_DRIFT_BACKOFF_MS = 300_000;
/** Corrections so long ago are forgotten. */
const FORGET_MS = 2 * LONGEST_DRIFT_BACKOFF_MS;

/** Slows a fight with another manager: from the sixth correction in a minute on each waits, 10 s doubling to 5 minutes. */
export class DriftBackoff {
  readonly #clock: Clock;
  readonly #children = new Map<string, Corrections>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds that the next correction of the child has to wait; 0: none. */
  waitMs(child: string): number {
    const known = this.#children.get(child);
    return known === undefined ? 0 : Math.max(0, known.until - this.#clock.monotonic());
  }

  /** The child was put right. */
  corrected(child: string): void {
    const now = this.#clock.monotonic();
    const known = this.#current(child, now);
    known.corrected = [...known.corrected.filter((at) => now - at < WINDOW_MS), now];
    this.#children.set(child, known);
    if (known.rounds === 0 && known.corrected.length <= BURST) return;
    known.until =
      now + Math.min(LONGEST_DRIFT_BACKOFF_MS, FIRST_DRIFT_BACKOFF_MS * 2 ** Math.min(known.rounds, 30));
    known.rounds++;
  }

  forget(child: string): void {
    this.#children.delete(child);
  }

  #current(child: string, now: number): Corrections {
    const known = this.#children.get(child);
    const last = Math.max(known?.corrected.at(-1) ?? 0, known?.until ?? 0);
    return known === undefined || now - last > FORGET_MS ? { corrected: [], rounds: 0, until: 0 } : known;
  }
}
