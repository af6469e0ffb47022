import { Gauge, type Registry } from 'prom-client';
import type { Cache } from '../controller.ts';
import type { KubeObject, ResourceType } from '../kube.ts';

/** What an object says at this moment, by further labels than its own name. */
export interface Reading {
  value: number;
  labels?: Readonly<Record<string, string>>;
}

/**
 * A gauge that is read off the objects of a kind: something that a person has to know of each of them. One series for each reading, so
 * its labels must have few values. It says what is so now, whatever happened before: a restart loses nothing, and nothing is left of an
 * object that is gone.
 */
export interface ObjectGauge<T extends KubeObject = KubeObject> {
  readonly name: string;
  readonly help: string;
  /** By which label the object's name is given; `namespace` is always there. */
  readonly object: string;
  /** Labels of the readings. */
  readonly labels?: readonly string[];
  /** Pure; nothing where there is nothing to say. */
  read(object: T): readonly Reading[];
}

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
