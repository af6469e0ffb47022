import type { KubeObject } from '../kube.ts';

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
