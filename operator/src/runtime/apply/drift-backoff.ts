import type { Clock } from '../clock.ts';

interface War {
  /** Corrections of the last minute. */
  corrected: number[];
  /** Corrections since it was called a war; 0: it is not. */
  rounds: number;
  /** No correction before, on the monotonic scale. */
  until: number;
}

/** More corrections of one child than this, in this time, are a war with somebody who wants it otherwise. */
const PEACEFUL = 5;
const WINDOW_MS = 60_000;
const FIRST_TRUCE_MS = 10_000;
export const LONGEST_TRUCE_MS = 300_000;
/** A war is over when nobody touched the child for so long. */
const PEACE_MS = 2 * LONGEST_TRUCE_MS;

/**
 * Two managers that each put a child right again and again would load the API server without end. From the sixth
 * correction within a minute on, the next one waits: 10 s, doubling to 5 minutes.
 */
export class DriftDamper {
  readonly #clock: Clock;
  readonly #wars = new Map<string, War>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds that the next correction of the child has to wait; 0: none. */
  waitMs(child: string): number {
    const war = this.#wars.get(child);
    return war === undefined ? 0 : Math.max(0, war.until - this.#clock.monotonic());
  }

  /** The child was put right. */
  corrected(child: string): void {
    const now = this.#clock.monotonic();
    const war = this.#current(child, now);
    war.corrected = [...war.corrected.filter((at) => now - at < WINDOW_MS), now];
    this.#wars.set(child, war);
    if (war.rounds === 0 && war.corrected.length <= PEACEFUL) return;
    war.until = now + Math.min(LONGEST_TRUCE_MS, FIRST_TRUCE_MS * 2 ** Math.min(war.rounds, 30));
    war.rounds++;
  }

  forget(child: string): void {
    this.#wars.delete(child);
  }

  #current(child: string, now: number): War {
    const war = this.#wars.get(child);
    const last = Math.max(war?.corrected.at(-1) ?? 0, war?.until ?? 0);
    return war === undefined || now - last > PEACE_MS ? { corrected: [], rounds: 0, until: 0 } : war;
  }
}
