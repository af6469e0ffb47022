import { DependencyDown } from '../controller.ts';
import { keyId } from '../keys.ts';
import type { ObjectKey } from '../kube.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** Shows what the last run of each object of a kind found down; there is a series only while it is. */
export class DependencyGauge {
  readonly #gauge: Metrics['dependencyDown'];
  readonly #down = new Map<string, string>();

  constructor({ dependencyDown }: Pick<Metrics, 'dependencyDown'>) {
    this.#gauge = dependencyDown;
  }

  /** The run of the object failed. */
  failed(key: ObjectKey, error: unknown): void {
    const dependency = error instanceof DependencyDown ? error.dependency : undefined;
    if (dependency !== this.#down.get(keyId(key))) this.clear(key);
    if (dependency === undefined) return;
    this.#down.set(keyId(key), dependency);
    this.#gauge.set({ dependency }, 1);
  }

  /** The run of the object found nothing down. */
  clear(key: ObjectKey): void {
    const dependency = this.#down.get(keyId(key));
    if (dependency === undefined) return;
    this.#down.delete(keyId(key));
    this.#gauge.remove({ dependency });
  }
}
