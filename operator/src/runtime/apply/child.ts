import { labelDigest } from './digest.ts';
import { APPLIED_LABEL, isNewer, KIND_LABEL, OWNER_LABEL, RETAIN_ANNOTATION } from '../keys.ts';
import type { AnyObject, CustomObject, KubeObject, OwnerReference } from '../kube.ts';
import type { Entry } from '../cache/store.ts';

/** What is remembered of the last apply of a child. */
export interface AppliedChild {
  /** Kind and key of the owner that it was applied for. */
  owner: string;
  digest: string;
  /** Digest of the fields that we owned right after it. */
  owned: string | undefined;
  uid: string | undefined;
  resourceVersion: string | undefined;
  /** When it was applied, monotonic milliseconds. */
  at: number;
}

/**
 * What to do about a child. `unchanged` and `terminating` need no request, the others an apply; `unsure` needs a comparison
 * first (the operator was restarted), and `drifted` is somebody else's doing.
 */
export type Verdict = 'unchanged' | 'terminating' | 'unsure' | 'missing' | 'changed' | 'drifted';

/** How long a cache that has not seen our own write is excused; longer, and its versions went back for good. */
export const CACHE_LAG_MS = 30_000;

/** The child as it is sent: with namespace, labels, owner reference and digest. @throws for a child in another namespace */
export function completeChild(planned: AnyObject, owner: CustomObject<unknown>): AnyObject {
  const { namespace } = owner.metadata;
  if ((planned.metadata.namespace ?? namespace) !== namespace)
    throw new Error(`${planned.kind} ${planned.metadata.name} is planned outside of its owner's namespace`);
  const child: AnyObject = {
    ...planned,
    metadata: {
      ...planned.metadata,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...planned.metadata.labels, ...ownerLabels(owner.kind, owner.metadata.name) },
      ...(isRetainedChild(planned) ? {} : { ownerReferences: [ownerReference(owner)] }),
    },
  };
  const labels = { ...child.metadata.labels, [APPLIED_LABEL]: labelDigest(child) };
  return { ...child, metadata: { ...child.metadata, labels } };
}

/** Whether it outlives its owner. */
export function isRetainedChild({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[RETAIN_ANNOTATION] === 'true';
}

/** The labels by which the children of an owner are found. */
export function ownerLabels(kind: string, name: string): Record<string, string> {
  return { [KIND_LABEL]: kind.toLowerCase(), [OWNER_LABEL]: name };
}

function ownerReference(owner: CustomObject<unknown>): OwnerReference {
  const { apiVersion, kind, metadata } = owner;
  const uid = metadata.uid ?? '';
  return { apiVersion, kind, name: metadata.name, uid, controller: true, blockOwnerDeletion: true };
}

export function appliedDigest(object: AnyObject | Entry['object']): string | undefined {
  return object.metadata.labels?.[APPLIED_LABEL];
}

export interface ChildState {
  wanted: string;
  memory: AppliedChild | undefined;
  live: Entry | undefined;
  /** How far the cache has read. */
  seenVersion: string | undefined;
  /** Monotonic milliseconds. */
  now: number;
}

/** Decides about one child from what is wanted, remembered and cached. */
export function judgeChild(state: ChildState): Verdict {
  const { live, memory, wanted } = state;
  if (isCacheBehind(state)) return memory?.digest === wanted ? 'unchanged' : 'changed';
  // Of another content it was another plan's, or a namesake's of the owner: the digest has the owner's uid in it.
  if (live === undefined) return memory?.digest === wanted ? 'drifted' : 'missing';
  return judgeLiveChild(wanted, memory, live);
}

function judgeLiveChild(wanted: string, memory: AppliedChild | undefined, live: Entry): Verdict {
  if (live.object.metadata.deletionTimestamp !== undefined) return 'terminating';
  if (memory === undefined) return appliedDigest(live.object) === wanted ? 'unsure' : 'changed';
  if (memory.digest !== wanted) return 'changed';
  return isAsWeLeftIt(live, memory) ? 'unchanged' : 'drifted';
}

/** The cache has not seen our last write yet: what we remember is the truth, for a while. */
export function isCacheBehind({ memory, live, seenVersion, now }: Omit<ChildState, 'wanted'>): boolean {
  if (memory === undefined || now - memory.at > CACHE_LAG_MS) return false;
  const cached = live === undefined ? seenVersion : live.object.metadata.resourceVersion;
  return isNewer(memory.resourceVersion, cached);
}

/** Nobody has taken any of our fields since. */
export function isAsWeLeftIt({ object, owned }: Entry, memory: AppliedChild): boolean {
  return (
    object.metadata.uid === memory.uid && appliedDigest(object) === memory.digest && owned === memory.owned
  );
}

/** From now on digests are enough, also for the next term in this process; the fields of all children would take megabytes. */
export function dropFields(entry: Entry | undefined, memory: AppliedChild | undefined): void {
  if (entry === undefined) return;
  if (memory !== undefined && isAsWeLeftIt(entry, memory)) entry.verified = memory.digest;
  entry.fields = undefined;
}
