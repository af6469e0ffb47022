import { Gauge, type Registry } from 'prom-client';
import type { Cache } from '../controller.ts';
import type { KubeObject, ResourceType } from '../kube.ts';
import type { ObjectGauge } from './object-gauge.ts';

/** Kinds and what is read off their objects: controllers are such. */
export interface Measured {
  readonly type: ResourceType;
  readonly gauges?: readonly ObjectGauge[];
}

interface Registered {
  type: ResourceType;
  definition: ObjectGauge;
  gauge: Gauge;
}

/** The object gauges of all kinds, in the manager's registry. */
export class ObjectGauges {
  readonly #registered: readonly Registered[];

  constructor(registry: Registry, kinds: readonly Measured[]) {
    this.#registered = kinds.flatMap(({ type, gauges = [] }) =>
      gauges.map((definition) => ({ type, definition, gauge: register(registry, definition) })),
    );
  }

  /** Reads the objects as the cache has them. `undefined` where somebody else leads and says it: all would say the same. */
  measure(cache: Pick<Cache, 'list'> | undefined): void {
    for (const { type, definition, gauge } of this.#registered) {
      gauge.reset();
      for (const object of cache?.list(type) ?? []) set(gauge, definition, object);
    }
  }
}

function register(registry: Registry, { name, help, object, labels = [] }: ObjectGauge): Gauge {
  return new Gauge({ name, help, labelNames: ['namespace', object, ...labels], registers: [registry] });
}

function set(gauge: Gauge, definition: ObjectGauge, object: KubeObject): void {
  const { namespace = '', name } = object.metadata;
  for (const { value, labels } of definition.read(object))
    gauge.set({ ...labels, namespace, [definition.object]: name }, value);
}
