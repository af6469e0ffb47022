/**
 * The increase of a counter over all pods since the ledger was opened. Pods start and end, and a restarted container
 * counts from zero: the ledger adds up each pod's readings by UID, as Prometheus' `increase` does.
 */
export class CounterLedger {
  readonly #last = new Map<string, number>();
  #total = 0;

  /**
   * Takes a reading of one pod. The first reading at the opening is the pod's initial value; a pod that started later
   * began at zero.
   */
  read(uid: string, value: number, opening: boolean): void {
    const last = this.#last.get(uid) ?? (opening ? value : 0);
    this.#total += value >= last ? value - last : value;
    this.#last.set(uid, value);
  }

  /** The increase so far. */
  get total(): number {
    return this.#total;
  }
}
