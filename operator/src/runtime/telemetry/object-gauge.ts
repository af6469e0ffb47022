import type { KubeObject } from '../kube.ts';

/** What an object says at this moment, by further labels than its own name. */
export interface Reading {
  value: number;
  labels?: Readonly<Record<string, string>>;
}

/** A gauge read off the objects of a kind: it says what is so now, whatever a restart forgot. Its labels have few values. */
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
