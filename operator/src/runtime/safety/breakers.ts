import { backoffMs, type BackoffLimits } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import type { ObjectKey } from '../kube.ts';

export interface BreakersOptions {
  clock: Clock;
  random: () => number;
  /** Has the object reconciled now. */
  wake(kind: string, key: ObjectKey): void;
  onChange?(dependency: string, parked: number): void;
}

/** One object of one kind; `generation` tells a changed spec from an event about something else. */
export interface Parkable {
  /** Unique over all kinds. */
  id: string;
  kind: string;
  key: ObjectKey;
  generation: number;
}

interface Breaker {
  failures: number;
  parked: Map<string, Parkable>;
  /** The one object that may try now. */
  probe?: string | undefined;
  triedAt: number;
  cancel: () => void;
}

const PROBE_BACKOFF: BackoffLimits = { baseMs: 1_000, capMs: 30_000 };
/** News about a parked object (its broker became ready) may bring the next probe forward, this often. */
const EAGER_PROBE_MS = 1_000;

/**
 * A breaker for each dependency that is down. Its objects are parked; one of them at a time tries again, with growing
 * pauses, and when it gets through all are woken: N objects make one try, not N.
 */
export class Breakers {
  readonly #options: BreakersOptions;
  readonly #breakers = new Map<string, Breaker>();

  constructor(options: BreakersOptions) {
    this.#options = options;
  }

  /** Whether the object may be reconciled now. Deletions must not be asked. */
  admits(object: Parkable): boolean {
    for (const breaker of this.#breakers.values()) {
      const parked = breaker.parked.get(object.id);
      if (parked === undefined || breaker.probe === object.id) continue;
      if (parked.generation !== object.generation) continue;
      if (!this.#mayProbe(breaker)) return false;
      breaker.cancel();
      breaker.probe = object.id;
    }
    return true;
  }

  /** The object found the dependency down. It waits for that one alone, whatever it was parked for before. */
  park(dependency: string, object: Parkable): void {
    this.#take(object.id, dependency);
    const existing = this.#breakers.get(dependency);
    const breaker: Breaker = existing ?? {
      failures: 0,
      parked: new Map(),
      triedAt: 0,
      cancel: () => undefined,
    };
    this.#breakers.set(dependency, breaker);
    // To the end, so that another object is the next probe.
    breaker.parked.delete(object.id);
    breaker.parked.set(object.id, object);
    if (existing === undefined || breaker.probe === object.id) {
      breaker.failures++;
      this.#arm(breaker);
    }
    this.#options.onChange?.(dependency, breaker.parked.size);
  }

  /** The object was reconciled to its end: whatever it was parked for is back. */
  succeeded(id: string): void {
    for (const [dependency, breaker] of this.#breakers) {
      if (!breaker.parked.has(id)) continue;
      this.#close(dependency, breaker);
      for (const { id: other, kind, key } of breaker.parked.values())
        if (other !== id) this.#options.wake(kind, key);
    }
  }

  /** The object is gone, or failed for another reason: it waits here no longer. */
  release(id: string): void {
    this.#take(id);
  }

  stop(): void {
    for (const [dependency, breaker] of this.#breakers) this.#close(dependency, breaker);
  }

  /** Out of every breaker but one; where it was the probe, another object is the next. */
  #take(id: string, except?: string): void {
    for (const [dependency, breaker] of this.#breakers) {
      if (dependency === except || !breaker.parked.delete(id)) continue;
      if (breaker.parked.size === 0) this.#close(dependency, breaker);
      else if (breaker.probe === id) this.#arm(breaker);
      this.#options.onChange?.(dependency, breaker.parked.size);
    }
  }

  #mayProbe(breaker: Breaker): boolean {
    return breaker.probe === undefined && this.#options.clock.monotonic() >= breaker.triedAt + EAGER_PROBE_MS;
  }

  #arm(breaker: Breaker): void {
    const { clock, random } = this.#options;
    breaker.cancel();
    breaker.probe = undefined;
    breaker.triedAt = clock.monotonic();
    breaker.cancel = clock.after(backoffMs(breaker.failures, PROBE_BACKOFF, random), () => {
      const [next] = breaker.parked.values();
      if (next === undefined) return;
      breaker.probe = next.id;
      this.#options.wake(next.kind, next.key);
    });
  }

  #close(dependency: string, breaker: Breaker): void {
    breaker.cancel();
    this.#breakers.delete(dependency);
    this.#options.onChange?.(dependency, 0);
  }
}
