import { setTimeout as delay } from 'node:timers/promises';
import type { Clinic, ServicePod } from './clinic.ts';
import { CounterLedger } from './counter-ledger.ts';
import { EventCounters } from './event-counters.ts';
import { ClusterError } from './kubectl-proxy.ts';
import type { Sample } from './prometheus-text.ts';

const SAMPLE_MS = 1_000;
const OPENING_DEADLINE_MS = 15_000;
/** E-mails of the sink, by result. */
const MAILS = 'careplane_mails_total';
/** What a run must cause, by the mails' topic. Mails about log-ins come as often as a log-in is begun. */
const EXPECTED = new Set(['booked', 'registered', 'verify']);

/** Follows the clinic's counters from its opening on. */
export class ClinicWatch {
  readonly events = new EventCounters();
  readonly #clinic: Clinic;
  readonly #mails = new CounterLedger();
  readonly #copies = new CounterLedger();
  readonly #stop = new AbortController();
  #following: Promise<void> = Promise.resolve();

  private constructor(clinic: Clinic) {
    this.#clinic = clinic;
  }

  /**
   * Reads the initial value of every counter and reads on each second, so that a pod has been read before it is scaled
   * down.
   *
   * @throws when the counters of a running pod cannot be read within 15 seconds: a later reading would count as an
   * increase.
   */
  static async open(clinic: Clinic): Promise<ClinicWatch> {
    const watch = new ClinicWatch(clinic);
    const deadline = performance.now() + OPENING_DEADLINE_MS;
    for (let unread = await watch.#read(true); unread.length > 0; unread = await watch.#read(true)) {
      if (performance.now() > deadline) throw new Error(`no metrics of ${unread.join(', ')}`);
      await delay(SAMPLE_MS / 2);
    }
    watch.#following = watch.#follow();
    // Handled when the watch is closed; until then it must not count as unhandled.
    watch.#following.catch(() => undefined);
    return watch;
  }

  /** E-mails that the mail sink has received, and recognised duplicates. */
  get mails(): { delivered: number; duplicates: number } {
    return { delivered: this.#mails.total, duplicates: this.#copies.total };
  }

  /** Reads everything once more. */
  async sample(): Promise<void> {
    await this.#read(false);
  }

  /** Ends the reading. @throws the error of a failed reading. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#read(false);
      await delay(SAMPLE_MS, undefined, { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
  }

  /** Reads all counters; returns the names of the pods that did not answer, because they are starting. */
  async #read(opening: boolean): Promise<string[]> {
    const unread: string[] = [];
    const pods = await unlessAway(this.#clinic.pods());
    if (pods === undefined) return ['the pods'];
    this.events.see(pods);
    for (const pod of pods) {
      try {
        const samples = await this.#clinic.metrics(pod);
        this.events.take(pod, samples, opening);
        this.#takeMails(pod, samples, opening);
      } catch (error) {
        if (!(error instanceof ClusterError)) throw error;
        if (!pod.ending) unread.push(pod.name);
      }
    }
    return unread;
  }

  #takeMails({ uid }: ServicePod, samples: readonly Sample[], opening: boolean): void {
    for (const { name, labels, value } of samples) {
      const about = labels['about'] ?? '';
      if (name !== MAILS || !EXPECTED.has(about)) continue;
      const ledger = labels['result'] === 'duplicate' ? this.#copies : this.#mails;
      ledger.read(`${uid} ${about}`, value, opening);
    }
  }
}

/** `undefined` when the API server or the pod does not answer: the next reading follows in a second. */
async function unlessAway<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ClusterError && error.status >= 500) return undefined;
    throw error;
  }
}
