interface Entry {
  at: number;
  replicas: number;
}

interface Record {
  /** Since when demand has been known without a gap (milliseconds). */
  since: number;
  entries: Entry[];
  touched: number;
}

/** Demand that is older than this before the next one leaves a gap (milliseconds): what was needed in it is unknown. */
const GAP = 30_000;

/** Recent demand of each policy, in memory: after a restart nothing is scaled down until a whole window was watched. */
export class DemandHistory {
  readonly #records = new Map<string, Record>();

  /** Notes the demand and returns the highest of the window; `undefined` until a whole window is known without a gap. */
  observe(policy: string, demand: number | undefined, window: number, now: number): number | undefined {
    this.#forget(now);
    if (demand === undefined) {
      this.#records.delete(policy);
      return undefined;
    }
    const record = this.#continued(policy, now);
    record.touched = now;
    record.entries = [...record.entries.filter(({ at }) => at > now - window), { at: now, replicas: demand }];
    if (now - record.since < window) return undefined;
    return Math.max(...record.entries.map(({ replicas }) => replicas));
  }

  #continued(policy: string, now: number): Record {
    const known = this.#records.get(policy);
    if (known !== undefined) return known;
    const fresh: Record = { since: now, entries: [], touched: now };
    this.#records.set(policy, fresh);
    return fresh;
  }

  /** Drops what a gap has made worthless, also of policies that are gone. */
  #forget(now: number): void {
    for (const [policy, { touched }] of this.#records) {
      if (now - touched > GAP) this.#records.delete(policy);
    }
  }
}
