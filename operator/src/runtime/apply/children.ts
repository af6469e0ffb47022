import {
  appliedDigest,
  completeChild,
  isAsWeLeftIt,
  dropFields,
  isCacheBehind,
  judgeChild,
  type Verdict,
} from './child.ts';
import { AppliedChildren, childId, ownerId } from './applied-children.ts';
import { lookAgain, type ChildrenReport } from './children-report.ts';
import type { KubeClient } from '../client/client.ts';
import type { Clock } from '../clock.ts';
import { contains } from './contains.ts';
import type { Logger } from '../controller.ts';
import type { Convergence } from './convergence.ts';
import { DriftBackoff } from './drift-backoff.ts';
import { isStatus } from '../errors.ts';
import { applyNew, applyTaking } from './apply-taking.ts';
import { describeConflicts, type FieldConflict } from './field-conflicts.ts';
import type { Informers } from '../cache/informers.ts';
import { keyOf, typeId } from '../keys.ts';
import type { AnyObject, CustomObject, KubeObject, ObjectKey, ResourceType } from '../kube.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { NameTaken, refuseStranger, refuseTaken } from './name-taken.ts';
import { childrenNamed, childrenOf, type OwnedChild, type Owning } from './owned-children.ts';
import { ownsWhole } from './owned-fields.ts';
import { ownershipOf } from './ownership.ts';
import type { Entry } from '../cache/store.ts';
import { InFlightWrites } from './in-flight-writes.ts';
import { nameOf, unlessRefused } from './refused-child.ts';

export interface ChildrenEnvironment {
  client: KubeClient;
  informers: Informers;
  clock: Clock;
  metrics: Metrics;
  signal: AbortSignal;
}

/** A child that is to be applied, and what is known of it. */
interface Wanted {
  type: ResourceType;
  id: string;
  /** Kind and key of the owner. */
  owner: string;
  child: AnyObject;
}

/** How soon a child is looked at again that was left to others because the plan was made too early. */
const LEFT_AGAIN_MS = 1_000;

/** Makes the children of an object what its plan says, with no request for what is already so. */
export class Children {
  readonly #environment: ChildrenEnvironment;
  readonly #applied = new AppliedChildren();
  readonly #driftBackoff: DriftBackoff;
  readonly #inFlight = new InFlightWrites();
  /** Who changed the child before its correction was put off. */
  readonly #takenFrom = new Map<string, FieldConflict[]>();

  constructor(environment: ChildrenEnvironment) {
    this.#environment = environment;
    this.#driftBackoff = new DriftBackoff(environment.clock);
  }

  /**
   * Applies the planned children in their order, then deletes the owner's children that are planned no more. One that is refused
   * is told in the report and stops none but the pods that need it.
   */
  async converge(
    owner: CustomObject<unknown>,
    planned: readonly AnyObject[],
    owning: Owning,
    convergence: Convergence,
  ): Promise<void> {
    const { log, report } = convergence;
    const ids = new Set<string>();
    for (const plan of planned) {
      const wanted = await this.#complete(plan, owner, owning);
      ids.add(wanted.id);
      await unlessRefused(wanted.child, report.refused, () => this.#ensure(wanted, convergence));
    }
    // Pods that are still as they were may use what is planned no more.
    if (report.refused.some(({ makesPods }) => makesPods)) return;
    for (const id of this.#applied.keepOnly(ownerId(owner.kind, keyOf(owner)), ids)) this.#forgetId(id);
    for (const surplus of this.#surplus(owner, owning, ids)) report.pruned += await this.#prune(surplus, log);
  }

  /** Kind and name of the children that {@link converge} would write or delete now. Only reads. */
  async pending(
    owner: CustomObject<unknown>,
    planned: readonly AnyObject[],
    owning: Owning,
  ): Promise<string[]> {
    const pending: string[] = [];
    const ids = new Set<string>();
    for (const plan of planned) {
      const wanted = await this.#complete(plan, owner, owning);
      ids.add(wanted.id);
      this.#refuseOthers(wanted);
      const verdict = await this.#judge(wanted);
      if (verdict !== 'unchanged' && verdict !== 'terminating') pending.push(nameOf(wanted.child));
    }
    return [...pending, ...this.#surplus(owner, owning, ids).map(({ object }) => nameOf(object))];
  }

  /** Drops what is remembered of the children of an object that is gone. */
  forget(owner: ObjectKey, owning: Owning): void {
    for (const { type, object } of childrenNamed(this.#environment.informers, owner, owning))
      this.forgetChild(type, keyOf(object));
    // Those that went before it.
    for (const child of this.#applied.dropOwner(ownerId(owning.type.kind, owner))) this.#forgetId(child);
  }

  /** Calls `wake` unless the cache shows the echo of our own apply, which often comes before the apply's answer. */
  unlessEcho(type: ResourceType, key: ObjectKey, wake: () => void): void {
    this.#inFlight.after(childId(type, key), () => {
      if (!this.#isSettled(type, key)) wake();
    });
  }

  #isSettled(type: ResourceType, key: ObjectKey): boolean {
    const { entry } = this.#environment.informers.child(type, key);
    const memory = this.#applied.get(childId(type, key));
    const isSettled = entry !== undefined && memory !== undefined && isAsWeLeftIt(entry, memory);
    if (isSettled) dropFields(entry, memory);
    return isSettled;
  }

  /** A child that the cache saw deleted: nothing to remember unless it is one we have to put back. */
  forgetChild(type: ResourceType, key: ObjectKey): void {
    this.#forgetId(childId(type, key));
  }

  #forgetId(id: string): void {
    this.#applied.delete(id);
    this.#driftBackoff.forget(id);
    this.#takenFrom.delete(id);
  }

  async #complete(plan: AnyObject, owner: CustomObject<unknown>, owning: Owning): Promise<Wanted> {
    const type = await this.#environment.client.discovery.typeOf(plan);
    const child = completeChild(plan, owner);
    if (!owning.owns.some((known) => typeId(known) === typeId(type)))
      throw new Error(`${nameOf(child)} is planned, but owns lacks its kind`);
    const key = keyOf(child);
    if (!this.#environment.informers.covers(type, key))
      throw new Error(
        `${nameOf(child)} is planned in ${key.namespace ?? 'no namespace'}, which is not watched`,
      );
    return { type, child, id: childId(type, key), owner: ownerId(owner.kind, keyOf(owner)) };
  }

  /** What the cache has not seen yet is another owner's, too. @throws NameTaken */
  #refuseOthers(wanted: Wanted): void {
    const { informers, clock } = this.#environment;
    const { entry: live, seenVersion } = informers.child(wanted.type, keyOf(wanted.child));
    refuseTaken(live?.object, wanted.child);
    const memory = this.#applied.get(wanted.id);
    if (memory === undefined || memory.owner === wanted.owner) return;
    if (isCacheBehind({ memory, live, seenVersion, now: clock.monotonic() }))
      throw new NameTaken(nameOf(wanted.child), memory.owner);
  }

  async #ensure(wanted: Wanted, convergence: Convergence): Promise<void> {
    const { id, child } = wanted;
    const { report } = convergence;
    this.#refuseOthers(wanted);
    this.#applied.plan(wanted);
    const verdict = await this.#judge(wanted);
    if (verdict === 'unchanged' || verdict === 'terminating') return;
    const waitMs = verdict === 'drifted' ? this.#driftBackoff.waitMs(id) : 0;
    if (waitMs > 0) {
      report.held.push({ child: nameOf(child), conflicts: this.#takenFrom.get(id) ?? [] });
      lookAgain(report, waitMs);
      return;
    }
    const conflicts = await this.#inFlight.during(id, async () => {
      const isMade = this.#isAbsent(wanted, verdict) && (await this.#make(wanted));
      return isMade ? [] : this.#apply(wanted, convergence);
    });
    if (conflicts === undefined) return;
    report.applied++;
    if (verdict === 'drifted') this.#drifted(wanted, conflicts, report);
    else if (conflicts.length > 0) report.taken.push({ child: nameOf(child), conflicts });
  }

  #drifted({ id, child }: Wanted, conflicts: FieldConflict[], report: ChildrenReport): void {
    this.#environment.metrics.drift.inc({ kind: child.kind });
    this.#driftBackoff.corrected(id);
    this.#takenFrom.set(id, conflicts);
    report.drifted.push({ child: nameOf(child), conflicts });
  }

  async #judge({ type, id, owner, child }: Wanted): Promise<Verdict> {
    const { informers, clock } = this.#environment;
    const { entry: live, seenVersion } = informers.child(type, keyOf(child));
    const now = clock.monotonic();
    const wanted = appliedDigest(child) ?? '';
    const memory = this.#applied.get(id);
    const verdict = judgeChild({ wanted, memory, live, seenVersion, now });
    if (verdict !== 'unsure' || live === undefined) {
      dropFields(live, memory);
      return verdict;
    }
    const { uid, resourceVersion } = live.object.metadata;
    if (live.verified !== wanted && !(await this.#isAsWanted(type, live, child))) return 'drifted';
    const found = { owner, digest: wanted, owned: live.owned, uid, resourceVersion, at: now };
    this.#applied.set(id, found);
    dropFields(live, found);
    return 'unchanged';
  }

  /** Nothing is remembered of an earlier apply. Owning every field says enough; otherwise the content is compared. */
  async #isAsWanted(type: ResourceType, { object, fields }: Entry, child: AnyObject): Promise<boolean> {
    if (fields !== undefined && ownsWhole(JSON.parse(fields) as Record<string, unknown>, child)) return true;
    return contains(await this.#content(type, object), child);
  }

  /** The whole object; what is cached as metadata is read. */
  async #content(type: ResourceType, cached: KubeObject): Promise<KubeObject | undefined> {
    const { informers, client, signal } = this.#environment;
    return informers.isMetadataOnly(type) ? client.get(type, keyOf(cached), { signal }) : cached;
  }

  /** Whether nothing of ours is there, as far as is known: it was never made, or somebody has deleted it. */
  #isAbsent({ type, child }: Wanted, verdict: Verdict): boolean {
    if (verdict === 'missing') return true;
    return verdict === 'drifted' && this.#environment.informers.child(type, keyOf(child)).entry === undefined;
  }

  /**
   * Makes a child: one write, and a read only where something is there that the cache does not know, or not yet. False when
   * that is ours. @throws NameTaken
   */
  async #make(wanted: Wanted): Promise<boolean> {
    const { client, signal } = this.#environment;
    const { type, child } = wanted;
    const answer = await applyNew({ client, signal }, child);
    if (answer !== undefined) {
      this.#remember(wanted, answer);
      return true;
    }
    const live = await client.get(type, keyOf(child), { signal, metadataOnly: true });
    refuseTaken(live, child);
    refuseStranger(live && { ...live, kind: child.kind });
    return false;
  }

  /** Resolves to what was taken from others; `undefined` when it may not be taken, and nothing was written. */
  async #apply(wanted: Wanted, { log, report, mayTake }: Convergence): Promise<FieldConflict[] | undefined> {
    const { child } = wanted;
    const { client, signal } = this.#environment;
    const applied = await applyTaking({ client, signal }, child, async (held) => {
      if (await mayTake(child, held)) return true;
      log.info('left a child to who changed it', { child: nameOf(child), held: describeConflicts(held) });
      report.left.push(nameOf(child));
      lookAgain(report, LEFT_AGAIN_MS);
      return false;
    });
    if (applied === undefined) return undefined;
    this.#remember(wanted, applied.answer);
    return applied.conflicts;
  }

  #remember({ id, owner, child }: Wanted, { metadata }: AnyObject): void {
    const { managedFields, uid, resourceVersion } = metadata;
    const owned = ownershipOf(managedFields)?.digest;
    const at = this.#environment.clock.monotonic();
    this.#applied.set(id, { owner, digest: appliedDigest(child) ?? '', owned, uid, resourceVersion, at });
  }

  #surplus(owner: CustomObject<unknown>, owning: Owning, wanted: ReadonlySet<string>): OwnedChild[] {
    return childrenOf(this.#environment.informers, owner, owning).filter(
      ({ type, object }) => !wanted.has(childId(type, keyOf(object))),
    );
  }

  /** Resolves to how many were deleted: 0 or 1. */
  async #prune({ type, object }: OwnedChild, log: Logger): Promise<number> {
    const { uid, deletionTimestamp } = object.metadata;
    if (deletionTimestamp !== undefined || uid === undefined) return 0;
    const { client, signal } = this.#environment;
    try {
      await client.remove(type, keyOf(object), { signal, preconditions: { uid } });
    } catch (error) {
      // Another object of that name is there by now: not ours to delete.
      if (isStatus(error, 409)) return 0;
      throw error;
    }
    this.forgetChild(type, keyOf(object));
    log.info('removed a child that is no longer planned', { child: `${type.kind} ${object.metadata.name}` });
    return 1;
  }
}
