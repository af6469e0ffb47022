/** Durations of one kind of call, in milliseconds. */
export class Latencies {
  readonly #samples = new Map<string, number[]>();

  /** Runs a call and records its duration, also when it fails. */
  async time<T>(call: string, run: () => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await run();
    } finally {
      const samples = this.#samples.get(call) ?? [];
      samples.push(performance.now() - began);
      this.#samples.set(call, samples);
    }
  }

  /** The kinds of calls recorded so far. */
  get calls(): string[] {
    return [...this.#samples.keys()];
  }

  /** Number, median and 95th percentile of a call. */
  summary(call: string): { count: number; p50: number; p95: number } {
    const sorted = [...(this.#samples.get(call) ?? [])].sort((a, b) => a - b);
    return { count: sorted.length, p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95) };
  }
}

/** Nearest-rank percentile of ascending numbers; 0 when there are none. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
