import type { Condition } from '../kube.ts';

/**
 * How long a reason has to hold until a person is needed, in milliseconds; `false` where it passes by itself. Tools that wait
 * give up then: the object is `Stalled`.
 */
export type NeedsPerson = number | false;

/** Why a condition is as it is. The reference page and `careplane explain` are made of these. */
export interface Reason {
  status: Condition['status'];
  /** What it means and why it comes. */
  meaning: string;
  /** What to do; absent where nothing is to be done. */
  remedy?: string;
  /** Page of the documentation, from the repository's root. */
  page?: string;
  /** Somebody has to act upon it: a Warning event tells of it. The others pass by themselves. */
  alarming?: true;
  /** `Ready` depends on it, though the condition informs otherwise. */
  counts?: true;
  /** Absent only where the status is True. */
  needsPerson?: NeedsPerson;
}

export interface ConditionDescription<Name extends string = string> {
  type: string;
  /** Kinds that have it; `every kind` for the machinery's own. */
  kinds: readonly string[];
  meaning: string;
  /** `Ready` does not depend on it. */
  informs?: true;
  /** `Reconciling` and `Stalled` follow it, though `Ready` does not. */
  hinders?: true;
  reasons: Readonly<Record<Name, Reason>>;
}
