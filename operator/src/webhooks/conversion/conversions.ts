import { VERSION } from '../../api/group.ts';
import type { AnyObject } from '../../runtime/kube.ts';

/** Converts one version of a kind to the hub and back. Pure, without loss: see {@link ./stash.ts}. */
export interface Spoke {
  /** The object in the hub's shape; `apiVersion` is set by the caller. */
  toHub(object: AnyObject): AnyObject;
  fromHub(object: AnyObject): AnyObject;
}

/** The versions of one kind beside the hub, by their names (`v1beta1`). */
export type Spokes = Readonly<Record<string, Spoke>>;

/** The conversions of each kind. Every version converts to the hub and back, so a new one needs one pair of functions. */
export type Conversions = Readonly<Record<string, Spokes>>;

/** The version that the operator itself works with. */
export const HUB = VERSION;

/** There is one version of every kind today: nothing is converted, and no conversion webhook is registered. */
export const conversions: Conversions = {};
