import type {
  Condition,
  CustomObject,
  KubeObject,
  AnyObject,
  ObjectKey,
  ResourceType,
  StatusBase,
} from './kube.ts';
import type { FieldConflict } from './apply/field-conflicts.ts';
import type { ConditionDescription } from './status/description.ts';
import type { ObjectGauge } from './telemetry/object-gauge.ts';

/** A condition as a controller judges it; the machinery adds generation and transition time. */
export interface JudgedCondition extends Pick<Condition, 'type' | 'status' | 'reason' | 'message'> {
  /** It only informs: `Ready` does not depend on it. Decided here, never written to the status. */
  informs?: true;
  /** Somebody has to act upon it. Never written to the status, either. */
  alarming?: true;
}

/** An event for `kubectl describe`, de-duplicated by reason and message. */
export interface EventNote {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

/** What a controller wants to be true: a pure function of what was observed, testable without a cluster. */
export interface Plan<Status extends StatusBase = StatusBase> {
  /** Children to server-side apply, in this order. The machinery adds owner reference and labels. */
  children: AnyObject[];
  /** Every condition but `Ready`, which sums the others up. */
  conditions: JudgedCondition[];
  /** Status fields other than `conditions` and `observedGeneration`. */
  status?: Omit<Status, keyof StatusBase>;
  events?: EventNote[];
  /** Look again after this many milliseconds even if nothing happens. */
  requeueAfterMs?: number;
}

/** What `act` did to the world outside the API server, and what it learned from it. */
export interface Outcome<Status extends StatusBase = StatusBase> {
  /** Replace conditions of the plan with the same type; others are added. */
  conditions?: JudgedCondition[];
  status?: Partial<Omit<Status, keyof StatusBase>>;
  events?: EventNote[];
  requeueAfterMs?: number;
}

/** Finds cached objects by another property than their name; a controller declares it in {@link Controller.indexes}. */
export interface Index<T extends KubeObject = KubeObject> {
  readonly type: ResourceType<T>;
  /** Unique for the type. */
  readonly name: string;
  /** The object's `keys` need no more than its metadata: caches that hold no more are indexed, too. */
  readonly metadataOnly?: boolean;
  /** Pure: the same object always has the same keys. */
  keys(object: T): readonly string[];
}

/** Read-only view of the informers' caches: no call to the API server. */
export interface Cache {
  get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey): T | undefined;
  /** All objects of the type in the namespace (or everywhere), optionally only those with these labels. */
  list<T extends KubeObject>(type: ResourceType<T>, namespace?: string, labels?: Record<string, string>): T[];
  /** What the index has under the key, without a scan. Throws for an index that no controller declared. */
  byIndex<T extends KubeObject>(index: Index<T>, key: string, namespace?: string): T[];
}

/** Calls to the API server that a controller may make besides its plan. */
export interface LiveReader {
  /** A live read, for what is not cached (Secrets' data). `undefined` when it does not exist. */
  get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey): Promise<T | undefined>;
  /** A live list, for a decision that must not rest on a cache that may be behind. */
  list<T extends KubeObject>(type: ResourceType<T>, namespace: string): Promise<T[]>;
}

export interface Context {
  readonly cache: Cache;
  readonly live: LiveReader;
  /** Server-side apply outside the plan (a Secret that must exist before it). With `force: false` a conflict is a 409. */
  apply(object: AnyObject, options?: { force?: boolean }): Promise<AnyObject>;
  /** Deletes; an object that is already gone is not an error. With a `uid` it is only the object that had it. */
  remove(type: ResourceType, key: ObjectKey, only?: { uid: string | undefined }): Promise<void>;
  /** A GET of any path, as text: metrics.k8s.io, `/openid/v1/jwks`, the logs of a pod. */
  raw(path: string): Promise<string>;
  readonly log: Logger;
  /** Aborted when leadership may be lost or the program stops. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch; tests replace it. */
  now(): number;
}

export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** A type to watch, and the keys of this controller's objects that a change of it concerns. */
export interface Watch<T extends KubeObject = KubeObject> {
  type: ResourceType<T>;
  /** Restricts the informer; objects without it are never cached. */
  labelSelector?: string;
  /** As {@link labelSelector}, by field: `reason=Killing`. */
  fieldSelector?: string;
  /** Keep only metadata in the cache (Secrets). */
  metadataOnly?: boolean;
  /** The kind may be missing or unreadable: treated as if there were no objects, and looked for again every minute. */
  optional?: boolean;
  map(object: T, cache: Cache): ObjectKey[];
}

/** A kind of children. */
export interface OwnedType extends ResourceType {
  /** No controller reads their content from the cache, so only their metadata are kept. Secrets are always so. */
  readonly metadataOnly?: boolean;
}

/**
 * One kind's controller. The machinery calls, in this order and never twice at once for one object:
 * `observe` -> `plan` -> (apply the plan's children, prune what is no longer in it) -> `act` -> (write status if it differs).
 * A throw anywhere means: back off and try again; nothing is terminal.
 */
export interface Controller<T extends CustomObject<unknown>, Observed> {
  readonly type: ResourceType<T>;
  /** Kinds of children, watched by the label `careplane.dev/kind=<this kind>` and pruned when no longer planned. */
  readonly owns: readonly OwnedType[];
  readonly watches?: readonly Watch[];
  /** Indexes that its `observe` or its watches' `map` ask for. */
  readonly indexes?: readonly Index[];
  /** What is told of each object at `/metrics`, by the leader. */
  readonly gauges?: readonly ObjectGauge<T>[];
  /** Every condition that it judges: which of their reasons need a person decides about `Stalled`. */
  readonly conditions: readonly ConditionDescription[];
  /** Types of the conditions that only `act` can judge: `Unknown` while the object is paused. */
  readonly judgedByAct?: readonly string[];
  /** Status fields that others act upon: they stay as they are while the object is paused. */
  readonly decides?: readonly string[];
  /** Reads what the decision needs: caches, live Secrets, the engines' own APIs. Must not write. */
  observe(object: T, context: Context): Promise<Observed>;
  /** Pure. */
  plan(object: T, observed: Observed): Plan<NonNullable<T['status']>>;
  /**
   * Asked before fields of a child that others have written with other values are taken from them; `true` where a
   * controller has no such method. `false` leaves the child as it is until the next run, which `observe`s again: the
   * plan did not know yet who decides about them, since a cache has no order between two kinds.
   */
  mayTake?(child: AnyObject, conflicts: readonly FieldConflict[], context: Context): Promise<boolean>;
  /** Effects outside the API server (databases, brokers). */
  act?(object: T, observed: Observed, context: Context): Promise<Outcome<NonNullable<T['status']>>>;
}

/** A controller of whatever kind, as the machinery holds it. */
export type AnyController = Controller<CustomObject<unknown>, unknown>;

/** Thrown by `observe` or `act` when a dependency (broker, database) is down: shown as a condition, and tried again with backoff. */
export class DependencyDown extends Error {
  readonly dependency: string;
  readonly condition: JudgedCondition;

  constructor(dependency: string, condition: JudgedCondition, cause?: unknown) {
    super(`${dependency} is down: ${condition.message}`, { cause });
    this.name = 'DependencyDown';
    this.dependency = dependency;
    this.condition = condition;
  }
}
