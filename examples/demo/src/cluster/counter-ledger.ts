/**
 * How far a counter rose over all pods since the ledger was opened. Pods come and go, and a restarted container counts
 * from zero: each pod's readings are added up as Prometheus' `increase` does it, by the pod's uid.
 */
export class CounterLedger {
  readonly #last = new Map<string, number>();
  #total = 0;

  /**
   * Takes a reading of one pod. The first reading of a pod that was there at the opening is its zero; a pod that came
   * later began at zero.
   */
  read(uid: string, value: number, opening: boolean): void {
    const last = this.#last.get(uid) ?? (opening ? value : 0);
    this.#total += value >= last ? value - last : value;
    this.#last.set(uid, value);
  }

  /** The rise so far. */
  get total(): number {
    return this.#total;
  }
}
