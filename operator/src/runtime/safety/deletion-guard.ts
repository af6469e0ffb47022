import type { Clock } from '../clock.ts';
import type { Logger } from '../controller.ts';
import { DeletionBook, namespaceOf, type Deletion, type MassDeletionLimits } from './deletion-book.ts';
import { describe } from '../errors.ts';
import { typeId } from '../keys.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../kube.ts';
import type { Change } from '../cache/store.ts';

export interface DeletionGuardOptions {
  /** Absent: no deletion is held because of its number. */
  limits: MassDeletionLimits | undefined;
  clock: Clock;
  log: Logger;
  /** Whether everything in the namespace is meant to go: it is terminating or gone, or says so itself. */
  confirms: (namespace: string) => Promise<boolean>;
  /** What follows from the deletions may take its course, or now may not: whoever is concerned has to look again. */
  onTurn: (type: ResourceType, objects: readonly KubeObject[]) => void;
  /** A mass deletion is held. */
  onHeld: (held: HeldDeletions) => void;
  /** What a restart must not forget may be something else now: see {@link DeletionGuard.unforgettable}. */
  onChange: () => void;
}

/** Deletions of one kind in one namespace that wait for a confirmation. */
export interface HeldDeletions {
  type: ResourceType;
  namespace: string;
  objects: readonly KubeObject[];
}

/** Others may follow at once: so long after the last deletion its consequences wait, ... */
const SETTLE_MS = 2_000;
/** (or so long, where there are not enough for a mass deletion: news about the definition may be on its way) ... */
const SHORT_SETTLE_MS = 250;
/** ... but never longer than this. */
const SETTLE_LIMIT_MS = 10_000;
/** How often a namespace is asked whether it confirms, ... */
const CONFIRM_MS = 3_000;
/** ... and how soon for the first time: before whoever confirms takes that back, since all seems to be done. */
const ASK_MS = 100;

interface Desk {
  type: ResourceType;
  book: DeletionBook;
  /** The kind's definition is going: whatever vanishes is not somebody's wish for that object. */
  isSuspended: boolean;
  cancel: () => void;
}

/**
 * Holds what follows from deletions when too many of a kind go at once: a wrong cluster, a restored backup, a removed
 * definition, a slip. Held objects count as still wanted for whoever depends on them, and are not finalized, until
 * each is confirmed, or comes back.
 */
export class DeletionGuard {
  readonly #options: DeletionGuardOptions;
  readonly #desks = new Map<string, Desk>();
  #cancelCheck: (() => void) | undefined;
  #cancelAsk: (() => void) | undefined;
  #checking: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: DeletionGuardOptions, types: readonly ResourceType[]) {
    this.#options = options;
    for (const type of types)
      this.#desks.set(typeId(type), {
        type,
        book: new DeletionBook(),
        isSuspended: false,
        cancel: () => undefined,
      });
  }

  /** A change of an object of ours. Has to be told before anybody acts on it. */
  take(type: ResourceType, change: Change): void {
    const desk = this.#deskOf(type);
    if (desk === undefined || this.#isStopped) return;
    const news = desk.book.take(change, this.#options.clock.monotonic());
    if (news.deleted !== undefined) this.#begin(desk, news.deleted);
    else if (news.confirmed !== undefined) this.#arm(desk);
    else if (change.type === 'deleted') this.#tidy(desk);
    if (Object.keys(news).length > 0) this.#options.onChange();
  }

  /** Goes on holding what was held before this process began, unless more is known of it. */
  restore(type: ResourceType, objects: readonly KubeObject[]): void {
    const desk = this.#deskOf(type);
    const now = this.#options.clock.monotonic();
    const restored = objects.map((object) => desk?.book.restore(object, now));
    if (restored.some((deletion) => deletion !== undefined)) this.#check();
  }

  /**
   * What a process that begins now would have to be told of: everything that is held, and what is about to be, since it
   * is settling and many already. Fewer than a mass are let go anyhow.
   */
  unforgettable(): KubeObject[] {
    return [...this.#desks.values()].flatMap((desk) => this.#waiting(desk).map(({ object }) => object));
  }

  /** How the deletion of the object stands; `undefined` when nothing is known of one. */
  stateOf(type: ResourceType, key: ObjectKey): Deletion['state'] | undefined {
    return this.#deskOf(type)?.book.find(key)?.state;
  }

  /** Whether what follows from the object's deletion has to wait. */
  defers(type: ResourceType, key: ObjectKey): boolean {
    const state = this.stateOf(type, key);
    return state === 'settling' || state === 'held';
  }

  /** The object as it was, if it counts as still wanted although it vanished or terminates. */
  wantedOne(type: ResourceType, key: ObjectKey): KubeObject | undefined {
    const deletion = this.#deskOf(type)?.book.find(key);
    return deletion === undefined || deletion.state === 'released' ? undefined : deletion.object;
  }

  /** Objects of the type that count as still wanted although they vanished or terminate. */
  wanted(type: ResourceType, namespace?: string): KubeObject[] {
    const desk = this.#deskOf(type);
    if (desk === undefined || desk.book.size === 0) return [];
    return [...desk.book.deletions]
      .filter(({ state, object }) => state !== 'released' && isIn(object, namespace))
      .map(({ object }) => object);
  }

  /** Everything that is held, by kind and namespace. */
  held(): HeldDeletions[] {
    return [...this.#desks.values()].flatMap(({ type, book }) => {
      const held = [...book.deletions].filter(({ state }) => state === 'held');
      return [...Map.groupBy(held, ({ object }) => namespaceOf(object))].map(([namespace, deletions]) => ({
        type,
        namespace,
        objects: deletions.map(({ object }) => object),
      }));
    });
  }

  /** The definition of the kind is going (true) or stays (false). */
  suspend(type: ResourceType, isSuspended: boolean): void {
    const desk = this.#deskOf(type);
    if (desk === undefined || desk.isSuspended === isSuspended) return;
    // Judged while it is suspended, also when that ends: what went with the definition stays held when it is back.
    desk.isSuspended = true;
    this.#judge(desk);
    desk.isSuspended = isSuspended;
  }

  /** Forgets a namespace that is not ours any more. */
  forgetNamespace(namespace: string): void {
    for (const { book } of this.#desks.values()) book.forgetNamespace(namespace);
    this.#options.onChange();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const { cancel } of this.#desks.values()) cancel();
    this.#cancelCheck?.();
    this.#cancelAsk?.();
    await this.#checking;
  }

  #begin(desk: Desk, deletion: Deletion): void {
    if (!desk.isSuspended && deletion.isConfirmed) {
      deletion.state = 'released';
      return;
    }
    this.#arm(desk);
    this.#cancelAsk ??= this.#options.clock.after(ASK_MS, () => {
      this.#cancelAsk = undefined;
      if (this.unforgettable().length > 0) this.#check();
    });
  }

  /** Judges when nothing more has happened for a while. */
  #arm(desk: Desk): void {
    const { clock, limits } = this.#options;
    const mayBeMass = limits !== undefined && desk.book.canBeMass(limits.floor);
    const settleMs = mayBeMass ? SETTLE_MS : SHORT_SETTLE_MS;
    const settling = [...desk.book.deletions].find(({ state }) => state === 'settling');
    const age = settling === undefined ? 0 : clock.monotonic() - settling.at;
    this.#judgeAfter(desk, Math.max(0, Math.min(settleMs, SETTLE_LIMIT_MS - age)));
  }

  #judgeAfter(desk: Desk, ms: number): void {
    desk.cancel();
    desk.cancel = this.#options.clock.after(ms, () => {
      this.#judge(desk);
    });
  }

  #judge(desk: Desk): void {
    const { limits } = this.#options;
    const { book } = desk;
    const holds = this.#holder(desk);
    const turned = [...book.deletions].filter((deletion) => this.#turn(deletion, holds(deletion)));
    this.#tidy(desk);
    this.#tell(desk, turned);
    if ([...book.deletions].some(isOver)) this.#judgeAfter(desk, limits?.windowMs ?? SETTLE_MS);
    if (turned.some(({ state }) => state === 'held')) this.#check();
  }

  /** Tells which deletions of the kind are to be held, by all that is known now. */
  #holder({ book, isSuspended }: Desk): (deletion: Deletion) => boolean {
    const { clock, limits } = this.#options;
    const masses = limits === undefined ? new Set() : book.masses(limits, clock.monotonic());
    // Whatever else comes or goes: other objects that are new, such as those of a wrong folder, must not tip the scale.
    return (deletion) =>
      !deletion.isConfirmed && (deletion.state === 'held' || isSuspended || masses.has(deletion));
  }

  /** Deletions that are held, or are about to be. */
  #waiting(desk: Desk): Deletion[] {
    const holds = this.#holder(desk);
    return [...desk.book.deletions].filter(
      (deletion) => deletion.state === 'held' || (deletion.state === 'settling' && holds(deletion)),
    );
  }

  /** What was released stays so: its consequences may have begun. */
  #turn(deletion: Deletion, holds: boolean): boolean {
    const next = holds ? 'held' : 'released';
    if (deletion.state === 'released' || deletion.state === next) return false;
    deletion.state = next;
    return true;
  }

  #tell({ type }: Desk, turned: readonly Deletion[]): void {
    if (turned.length === 0) return;
    this.#options.onChange();
    this.#options.onTurn(
      type,
      turned.map(({ object }) => object),
    );
  }

  /** Asks the namespaces of what is held, now and again while something is. */
  #check(): void {
    this.#cancelCheck?.();
    this.#checking ??= this.#confirmHeld().finally(() => {
      this.#checking = undefined;
      if (this.#isStopped || this.held().length === 0) return;
      this.#cancelCheck = this.#options.clock.after(CONFIRM_MS, () => {
        this.#check();
      });
    });
  }

  async #confirmHeld(): Promise<void> {
    const namespaces = new Set(this.unforgettable().map(namespaceOf));
    for (const namespace of namespaces)
      if (await this.#isConfirmed(namespace)) this.#releaseNamespace(namespace);
    for (const held of this.held()) this.#options.onHeld(held);
  }

  async #isConfirmed(namespace: string): Promise<boolean> {
    const { confirms, log } = this.#options;
    try {
      return await confirms(namespace);
    } catch (error) {
      log.warn('whether deletions are meant cannot be asked', { namespace, error: describe(error) });
      return false;
    }
  }

  #releaseNamespace(namespace: string): void {
    for (const desk of this.#desks.values()) {
      const released = this.#waiting(desk).filter(({ object }) => namespaceOf(object) === namespace);
      for (const deletion of released) {
        deletion.isConfirmed = true;
        deletion.state = 'released';
      }
      this.#tidy(desk);
      this.#tell(desk, released);
    }
  }

  /** Forgets what is gone and counts no more. */
  #tidy({ book }: Desk): void {
    const now = this.#options.clock.monotonic();
    const windowMs = this.#options.limits?.windowMs ?? 0;
    for (const deletion of book.deletions) {
      const { id, at, isConfirmed } = deletion;
      if (isOver(deletion) && (isConfirmed || now - at >= windowMs)) book.drop(id);
    }
  }

  #deskOf(type: ResourceType): Desk | undefined {
    return this.#desks.get(typeId(type));
  }
}

/** Nothing is left of it but its count. */
function isOver({ state, isGone }: Deletion): boolean {
  return state === 'released' && isGone;
}

function isIn(object: KubeObject, namespace: string | undefined): boolean {
  return namespace === undefined || namespaceOf(object) === namespace;
}
