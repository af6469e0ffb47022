import { appliedDigest, completeChild, judgeChild, type AppliedChild, type Verdict } from './child.ts';
import type { KubeClient } from './client.ts';
import type { Clock } from './clock.ts';
import { contains } from './contains.ts';
import type { Logger } from './controller.ts';
import { isStatus } from './errors.ts';
import type { Informers } from './informers.ts';
import { KIND_LABEL, keyId, keyOf, OWNER_LABEL, typeId } from './keys.ts';
import type { AnyObject, CustomObject, KubeObject, ObjectKey, ResourceType } from './kube.ts';
import type { Metrics } from './metrics.ts';
import { ownershipDigest } from './ownership.ts';

export interface ChildrenEnvironment {
  client: KubeClient;
  informers: Informers;
  clock: Clock;
  metrics: Metrics;
  signal: AbortSignal;
}

/** What an apply and prune did. */
export interface ChildrenReport {
  applied: number;
  /** Kind and name of children that somebody else had changed or deleted. */
  drifted: string[];
  pruned: number;
}

/** Makes the children of an object what its plan says, with no request for what is already so. */
export class Children {
  readonly #environment: ChildrenEnvironment;
  readonly #memory = new Map<string, AppliedChild>();

  constructor(environment: ChildrenEnvironment) {
    this.#environment = environment;
  }

  /** Applies the planned children in their order, then deletes the owner's children that are planned no more. */
  async converge(
    owner: CustomObject<unknown>,
    planned: readonly AnyObject[],
    owns: readonly ResourceType[],
    log: Logger,
  ): Promise<ChildrenReport> {
    const report: ChildrenReport = { applied: 0, drifted: [], pruned: 0 };
    const wanted = new Set<string>();
    for (const plan of planned) {
      const child = completeChild(plan, owner);
      wanted.add(childId(child, keyOf(child)));
      await this.#ensure(child, report);
    }
    for (const type of owns)
      for (const child of this.#childrenOf(owner, type))
        if (!wanted.has(childId(type, keyOf(child)))) report.pruned += await this.#prune(type, child, log);
    return report;
  }

  /** Drops what is remembered of the children of an object that is gone. */
  forget(kind: string, owner: ObjectKey, owns: readonly ResourceType[]): void {
    const labels = { [KIND_LABEL]: kind.toLowerCase(), [OWNER_LABEL]: owner.name };
    for (const type of owns)
      for (const child of this.#environment.informers.list(type, owner.namespace, labels))
        this.#memory.delete(childId(type, keyOf(child)));
  }

  /** A child that the cache saw deleted: nothing to remember unless it is one we have to put back. */
  forgetChild(type: ResourceType, key: ObjectKey): void {
    this.#memory.delete(childId(type, key));
  }

  async #ensure(child: AnyObject, report: ChildrenReport): Promise<void> {
    const type = await this.#environment.client.discovery.typeOf(child);
    const verdict = await this.#judge(type, child);
    if (verdict === 'unchanged' || verdict === 'terminating') return;
    await this.#apply(type, child);
    report.applied++;
    if (verdict !== 'drifted') return;
    this.#environment.metrics.drift.inc({ kind: child.kind });
    report.drifted.push(`${child.kind} ${child.metadata.name}`);
  }

  async #judge(type: ResourceType, child: AnyObject): Promise<Verdict> {
    const { informers, clock } = this.#environment;
    const id = childId(type, keyOf(child));
    const { entry: live, seenVersion } = informers.child(type, keyOf(child));
    const now = clock.monotonic();
    const wanted = appliedDigest(child) ?? '';
    const verdict = judgeChild({ wanted, memory: this.#memory.get(id), live, seenVersion, now });
    if (verdict !== 'unsure' || live === undefined) return verdict;
    const { uid, resourceVersion } = live.object.metadata;
    if (!contains(await this.#content(type, live.object), child)) return 'drifted';
    this.#memory.set(id, { digest: wanted, owned: live.owned, uid, resourceVersion, at: now });
    return 'unchanged';
  }

  /** The whole object; what is cached as metadata is read. */
  async #content(type: ResourceType, cached: KubeObject): Promise<KubeObject | undefined> {
    const { informers, client, signal } = this.#environment;
    return informers.isMetadataOnly(type) ? client.get(type, keyOf(cached), { signal }) : cached;
  }

  async #apply(type: ResourceType, child: AnyObject): Promise<void> {
    const { client, clock, signal } = this.#environment;
    const { metadata } = await client.apply(child, { signal, metadataOnly: true });
    this.#memory.set(childId(type, keyOf(child)), {
      digest: appliedDigest(child) ?? '',
      owned: ownershipDigest(metadata.managedFields),
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
      at: clock.monotonic(),
    });
  }

  #childrenOf(owner: CustomObject<unknown>, type: ResourceType): KubeObject[] {
    const { name, namespace, uid } = owner.metadata;
    const labels = { [KIND_LABEL]: owner.kind.toLowerCase(), [OWNER_LABEL]: name };
    return this.#environment.informers
      .list(type, namespace, labels)
      .filter(
        ({ metadata }) => metadata.ownerReferences?.some((reference) => reference.uid === uid) === true,
      );
  }

  async #prune(type: ResourceType, child: KubeObject, log: Logger): Promise<number> {
    const { uid, deletionTimestamp } = child.metadata;
    if (deletionTimestamp !== undefined || uid === undefined) return 0;
    const { client, signal } = this.#environment;
    try {
      await client.remove(type, keyOf(child), { signal, preconditions: { uid } });
    } catch (error) {
      // Another object of that name is there by now: not ours to delete.
      if (isStatus(error, 409)) return 0;
      throw error;
    }
    this.#memory.delete(childId(type, keyOf(child)));
    log.info('removed a child that is no longer planned', { child: `${type.kind} ${child.metadata.name}` });
    return 1;
  }
}

function childId(type: Pick<ResourceType, 'apiVersion' | 'kind'>, key: ObjectKey): string {
  return `${typeId(type)} ${keyId(key)}`;
}
