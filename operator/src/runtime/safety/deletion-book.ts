import { CONFIRM_ANNOTATION, keyId, keyOf } from '../keys.ts';
import type { KubeObject, ObjectKey } from '../kube.ts';
import { isStaying } from '../cache/staying.ts';
import type { Change } from '../cache/store.ts';

/** Milliseconds and numbers that tell a mass deletion from others. */
export interface MassDeletionLimits {
  /** More than this share of the objects of a kind, in a namespace or in all, ... */
  share: number;
  /** ... and at least so many, ... */
  floor: number;
  /** ... vanishing within these milliseconds are a mass deletion. */
  windowMs: number;
}

/**
 * `settling`: it may yet turn out to be one of many. `held`: it is one of many, and nobody has confirmed that.
 * `released`: what follows from the deletion takes its course; counted until the window is over.
 */
export type DeletionState = 'settling' | 'held' | 'released';

/** An object of ours that vanished or has a deletionTimestamp. */
export interface Deletion {
  /** As it was, without the deletionTimestamp. */
  readonly object: KubeObject;
  readonly id: string;
  /** Monotonic milliseconds. */
  readonly at: number;
  state: DeletionState;
  /** The object itself says that its deletion is meant: it does not count. */
  isConfirmed: boolean;
  /** It is gone from the API server. */
  isGone: boolean;
}

/** What of one kind is there and what went, counted as changes come in. Pure bookkeeping: no timers, no I/O. */
export class DeletionBook {
  readonly #present = new Map<string, number>();
  readonly #deletions = new Map<string, Deletion>();
  #total = 0;

  get deletions(): Iterable<Deletion> {
    return this.#deletions.values();
  }

  get size(): number {
    return this.#deletions.size;
  }

  find(key: ObjectKey): Deletion | undefined {
    return this.#deletions.get(keyId(key));
  }

  /** Takes a change of the cache in. Returns what it means for a deletion: begun, confirmed, or taken back. */
  take(change: Change, now: number): { deleted?: Deletion; confirmed?: Deletion; returned?: Deletion } {
    const { object } = change;
    const id = keyId(keyOf(object));
    const isThere = change.type !== 'deleted' && isStaying(object);
    this.#count(object, Number(isThere) - Number(wasThere(change)));
    if (isThere) return this.#comeBack(id);
    const known = this.#deletions.get(id);
    // The namesake that vanishes now is not the one that vanished before.
    if (known !== undefined && known.object.metadata.uid === object.metadata.uid) return goOn(known, change);
    const deleted = deletionOf(object, id, now, change.type === 'deleted');
    this.#deletions.set(id, deleted);
    return { deleted };
  }

  /** Takes in what was held before this process began. Undefined when something is known of it already. */
  restore(object: KubeObject, now: number): Deletion | undefined {
    const id = keyId(keyOf(object));
    if (this.#deletions.has(id)) return undefined;
    // If it is still there, terminating, the first list says so.
    const restored: Deletion = { ...deletionOf(object, id, now, true), state: 'held' };
    this.#deletions.set(id, restored);
    return restored;
  }

  drop(id: string): void {
    this.#deletions.delete(id);
  }

  /** Forgets a namespace that is not ours any more. */
  forgetNamespace(namespace: string): void {
    this.#total -= this.#present.get(namespace) ?? 0;
    this.#present.delete(namespace);
    for (const { id, object } of this.deletions) if (namespaceOf(object) === namespace) this.drop(id);
  }

  /** Whether so many of these objects were there that they could be a mass. */
  canBeMass(floor: number): boolean {
    return this.#total + this.#deletions.size >= floor;
  }

  /** Deletions that are part of a mass: too many at once of their namespace, or of all. */
  masses(limits: MassDeletionLimits, now: number): Set<Deletion> {
    const counted = [...this.#deletions.values()].filter(
      ({ state, at, isConfirmed: isMeant }) => !isMeant && (state === 'held' || now - at <= limits.windowMs),
    );
    if (isMass(counted.length, this.#total, limits)) return new Set(counted);
    const groups = Map.groupBy(counted, ({ object }) => namespaceOf(object));
    const mass = [...groups].filter(([namespace, group]) =>
      isMass(group.length, this.#present.get(namespace) ?? 0, limits),
    );
    return new Set(mass.flatMap(([, group]) => group));
  }

  #count(object: KubeObject, difference: number): void {
    if (difference === 0) return;
    const namespace = namespaceOf(object);
    this.#total += difference;
    const present = (this.#present.get(namespace) ?? 0) + difference;
    if (present === 0) this.#present.delete(namespace);
    else this.#present.set(namespace, present);
  }

  #comeBack(id: string): { returned?: Deletion } {
    const returned = this.#deletions.get(id);
    this.#deletions.delete(id);
    return returned === undefined ? {} : { returned };
  }
}

function isMass(gone: number, staying: number, { share, floor }: MassDeletionLimits): boolean {
  return gone >= floor && gone > share * (gone + staying);
}

/** Whether the cache had the object, and nobody had deleted it. */
function wasThere({ type, object, previous }: Change): boolean {
  const before = type === 'deleted' ? object : previous;
  return before !== undefined && isStaying(before);
}

/** News about a deletion that is known. */
function goOn(known: Deletion, { type, object }: Change): { confirmed?: Deletion } {
  known.isGone = type === 'deleted';
  if (known.isConfirmed || !isConfirmed(object)) return {};
  known.isConfirmed = true;
  return { confirmed: known };
}

function deletionOf(object: KubeObject, id: string, at: number, isGone: boolean): Deletion {
  const metadata = { ...object.metadata };
  delete metadata.deletionTimestamp;
  const asItWas = { ...object, metadata };
  return { object: asItWas, id, at, state: 'settling', isConfirmed: isConfirmed(object), isGone };
}

function isConfirmed({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[CONFIRM_ANNOTATION] === 'true';
}

export function namespaceOf({ metadata }: KubeObject): string {
  return metadata.namespace ?? '';
}
