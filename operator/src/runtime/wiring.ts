import type { AnyController, Watch } from './controller.ts';
import { canonicalJson } from './digest.ts';
import type { Informers } from './informers.ts';
import { KIND_LABEL, keyOf, OWNER_LABEL } from './keys.ts';
import type { KubeObject, ObjectKey, ResourceType } from './kube.ts';
import type { Change } from './store.ts';
import type { ReconcileTerm } from './term.ts';

/** Whoever leads now; `undefined` while nobody does, when changes only fill the caches. */
type CurrentTerm = () => ReconcileTerm | undefined;

/** Subscribes the controllers to their own kinds, their children and what else they watch. */
export function followAll(
  controllers: readonly AnyController[],
  informers: Informers,
  current: CurrentTerm,
): void {
  for (const { type } of controllers)
    informers.follow({ type }, (change) => {
      onOwnKind(change, current());
    });
  for (const type of distinct(controllers.flatMap(({ owns }) => owns)))
    followChildren(type, informers, current);
  for (const { type, watches = [] } of controllers)
    for (const watch of watches) followWatch(type.kind.toLowerCase(), watch, informers, current);
}

function onOwnKind({ type, object, previous }: Change, term: ReconcileTerm | undefined): void {
  if (type === 'deleted') term?.forget(object);
  else if (previous === undefined || isByUser(previous, object)) {
    const isFresh = previous?.metadata.generation !== object.metadata.generation;
    term?.enqueue(object, { fresh: isFresh });
  }
}

/** Everything but the status: that is our own writing, and reacting to it would have us run for ever. */
function isByUser(before: KubeObject, after: KubeObject): boolean {
  return userPart(before) !== userPart(after);
}

function userPart({ metadata }: KubeObject): string {
  const { uid, generation, labels, annotations, finalizers, deletionTimestamp } = metadata;
  return canonicalJson([uid, generation, labels, annotations, finalizers, deletionTimestamp]);
}

/** Children of all kinds come through one informer for each type: they all carry the kind's label. */
function followChildren(type: ResourceType, informers: Informers, current: CurrentTerm): void {
  // Only metadata of Secrets: thousands of them have cost other operators gigabytes, and drift needs no more.
  const metadataOnly = type.kind === 'Secret';
  const scope = { type, labelSelector: KIND_LABEL, metadataOnly, ownership: true };
  informers.follow(scope, ({ type: change, object, previous }) => {
    const term = current();
    for (const { kind, key } of ownersOf(object, previous)) term?.wake(kind, key);
    if (change === 'deleted' && !hasOwner(object, informers)) term?.forgetChild(type, keyOf(object));
  });

  function hasOwner(child: KubeObject, cache: Informers): boolean {
    const reference = child.metadata.ownerReferences?.find(({ controller }) => controller === true);
    if (reference === undefined) return true;
    const { apiVersion, kind, name } = reference;
    const ownerType = { apiVersion, kind, plural: '', namespaced: true };
    return cache.get(ownerType, keyOf({ ...child, metadata: { ...child.metadata, name } })) !== undefined;
  }
}

function ownersOf(...objects: (KubeObject | undefined)[]): { kind: string; key: ObjectKey }[] {
  const owners = new Map<string, { kind: string; key: ObjectKey }>();
  for (const object of objects) {
    const { namespace, labels } = object?.metadata ?? {};
    const kind = labels?.[KIND_LABEL];
    const name = labels?.[OWNER_LABEL];
    if (kind !== undefined && name !== undefined)
      owners.set(`${kind} ${name}`, { kind, key: namespace === undefined ? { name } : { namespace, name } });
  }
  return [...owners.values()];
}

function followWatch(kind: string, watch: Watch, informers: Informers, current: CurrentTerm): void {
  const { type, labelSelector, metadataOnly, optional } = watch;
  informers.follow({ type, labelSelector, metadataOnly, optional }, ({ object, previous }) => {
    const term = current();
    if (term === undefined) return;
    // Also where it pointed before: what it no longer concerns must hear of that.
    const before = previous === undefined ? [] : watch.map(previous, informers);
    for (const key of [...watch.map(object, informers), ...before]) term.wake(kind, key);
  });
}

function distinct(types: readonly ResourceType[]): ResourceType[] {
  return [...new Map(types.map((type) => [`${type.apiVersion}/${type.kind}`, type])).values()];
}
