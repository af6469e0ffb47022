import type { Clock } from '../clock.ts';
import { keyId } from '../keys.ts';
import type { ObjectKey } from '../kube.ts';
import type { RunResult } from './reconciler.ts';

/** One reconcile that is under way. */
export interface Run {
  /** Fields of its log lines. */
  fields: Record<string, unknown>;
  result: RunResult | 'error' | 'fenced' | 'dependency_down';
}

interface UnderWay {
  namespace: string | undefined;
  startedAt: number;
  ended: Promise<unknown>;
}

/** The reconciles of one kind that are under way, and what is to be logged of those that failed. */
export class Runs {
  readonly #clock: Clock;
  readonly #underWay = new Set<UnderWay>();
  readonly #failed = new Map<string, Record<string, unknown>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** For how many milliseconds the longest of them has been under way; 0: none is. */
  longestMs(): number {
    const [oldest] = this.#underWay;
    return oldest === undefined ? 0 : this.#clock.monotonic() - oldest.startedAt;
  }

  /** Runs `work` and keeps its log fields if it fails. */
  async during<T>(key: ObjectKey, work: (run: Run) => Promise<T>): Promise<T> {
    const run: Run = { fields: {}, result: 'ok' };
    const startedAt = this.#clock.monotonic();
    const ended = work(run);
    const underWay = { namespace: key.namespace, startedAt, ended };
    this.#underWay.add(underWay);
    try {
      const result = await ended;
      this.#failed.delete(keyId(key));
      return result;
    } catch (error) {
      this.#failed.set(keyId(key), run.fields);
      throw error;
    } finally {
      this.#underWay.delete(underWay);
    }
  }

  /** The fields of the key's run that failed last; asked for once. */
  lastFields(key: ObjectKey): Record<string, unknown> {
    const fields = this.#failed.get(keyId(key)) ?? {};
    this.#failed.delete(keyId(key));
    return fields;
  }

  /** Resolves when all that is under way now in the namespace has ended, well or not. */
  async idle(namespace: string): Promise<void> {
    const concerned = [...this.#underWay].filter((underWay) => underWay.namespace === namespace);
    await Promise.allSettled(concerned.map(({ ended }) => ended));
  }
}
