import type { ServicePod } from './clinic.ts';
import { CounterLedger } from './counter-ledger.ts';
import type { Sample } from './prometheus-text.ts';

/** A counter: `published`, or `consumed` with a result. */
export interface EventCount {
  readonly event: string;
  /** Absent for published events: `ok`, `duplicate`, `retried` or `dead` for consumed ones. */
  readonly result?: 'ok' | 'duplicate' | 'retried' | 'dead';
}

/** The contract's names (docs/concepts/contracts.md, Metrics). */
const COUNTERS = ['careplane_events_published_total', 'careplane_events_consumed_total'];

const keyOf = (event: string, result: string | undefined): string => `${event} ${result ?? 'published'}`;

/** The increase of the platform's event counters since the opening, over all pods. */
export class EventCounters {
  readonly #ledgers = new Map<string, CounterLedger>();
  /** UIDs of the pods that have such counters. */
  readonly #counting = new Set<string>();
  /** UIDs of the current pods. */
  #there: ReadonlySet<string> = new Set();

  /** Takes the metrics of one pod. */
  take(pod: ServicePod, samples: readonly Sample[], opening: boolean): void {
    for (const { name, labels, value } of samples) {
      if (!COUNTERS.includes(name)) continue;
      this.#counting.add(pod.uid);
      const key = keyOf(labels['event'] ?? '', labels['result']);
      const ledger = this.#ledgers.get(key) ?? new CounterLedger();
      this.#ledgers.set(key, ledger);
      ledger.read(pod.uid, value, opening);
    }
  }

  /** Takes the list of the current pods. */
  see(pods: readonly ServicePod[]): void {
    this.#there = new Set(pods.map(({ uid }) => uid));
  }

  /** The number of pods with counters that have ended: their counts after their last reading are lost. */
  get ended(): number {
    return [...this.#counting].filter((uid) => !this.#there.has(uid)).length;
  }

  /** The increase of one counter; with {@link ended} pods it is a lower bound. */
  total({ event, result }: EventCount): number {
    return this.#ledgers.get(keyOf(event, result))?.total ?? 0;
  }
}
