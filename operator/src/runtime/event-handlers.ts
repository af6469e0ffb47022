import type { AnyController, OwnedType, Watch } from './controller.ts';
import { canonicalJson } from './apply/digest.ts';
import type { Informers } from './cache/informers.ts';
import { keyId, KIND_LABEL, keyOf, OWNER_LABEL, typeId } from './keys.ts';
import type { KubeObject, ObjectKey, ResourceType } from './kube.ts';
import type { Change } from './cache/store.ts';
import type { LeaderTerm } from './leader-term.ts';

/** Whoever leads now; `undefined` while nobody does, when changes only fill the caches. */
type CurrentTerm = () => LeaderTerm | undefined;

/** Subscribes the controllers to their own kinds, their children and what else they watch. */
export function addEventHandlers(
  controllers: readonly AnyController[],
  informers: Informers,
  current: CurrentTerm,
): void {
  for (const { type } of controllers)
    informers.follow({ type }, (change) => {
      onOwnKind(change, current());
    });
  const owned = controllers.flatMap(({ owns }) => owns);
  for (const type of distinct(owned)) followChildren(type, isLean(type, owned), informers, current);
  for (const { indexes = [] } of controllers) for (const index of indexes) informers.addIndex(index);
  for (const { type, watches = [] } of controllers)
    for (const watch of watches) followWatch(type.kind.toLowerCase(), watch, informers, current);
}

function onOwnKind({ type, object, previous }: Change, term: LeaderTerm | undefined): void {
  if (type === 'deleted') term?.forget(object);
  else if (previous === undefined || isByUser(previous, object)) {
    // Deleted and made again, seen as one change: what is remembered of the namesake goes.
    if (previous !== undefined && previous.metadata.uid !== object.metadata.uid) term?.forget(previous);
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
function followChildren(
  type: ResourceType,
  metadataOnly: boolean,
  informers: Informers,
  current: CurrentTerm,
): void {
  const scope = { type, labelSelector: KIND_LABEL, metadataOnly, ownership: true };
  informers.follow(scope, ({ type: change, object, previous }) => {
    const term = current();
    if (term === undefined) return;
    const owners = ownersOf(object, previous);
    const wake = (): void => {
      for (const { kind, key } of owners) term.wake(kind, key);
    };
    // Of a child that nobody reads, the echo of our own write says nothing new; unless that took it from another owner.
    if (metadataOnly && change !== 'deleted' && owners.length < 2) term.unlessEcho(type, keyOf(object), wake);
    else wake();
    if (change === 'deleted' && !hasOwner(object, informers)) term.forgetChild(type, keyOf(object));
  });

  function hasOwner(child: KubeObject, cache: Informers): boolean {
    const reference = child.metadata.ownerReferences?.find(({ controller }) => controller === true);
    if (reference === undefined) return true;
    const { apiVersion, kind, name } = reference;
    const ownerType = { apiVersion, kind, plural: '', namespaced: true };
    return cache.get(ownerType, keyOf({ ...child, metadata: { ...child.metadata, name } })) !== undefined;
  }
}

/** Whether metadata are enough, since drift needs no more. Always of Secrets: caching thousands of them costs gigabytes. */
function isLean(type: ResourceType, owned: readonly OwnedType[]): boolean {
  const same = owned.filter((other) => typeId(other) === typeId(type));
  return type.kind === 'Secret' || same.every(({ metadataOnly }) => metadataOnly === true);
}

interface OwnerName {
  kind: string;
  key: ObjectKey;
}

function ownersOf(...objects: (KubeObject | undefined)[]): OwnerName[] {
  const owners = objects.map((object) => ownerOf(object)).filter((owner) => owner !== undefined);
  return [...new Map(owners.map((owner) => [`${owner.kind} ${keyId(owner.key)}`, owner])).values()];
}

/** The owner that the labels name. */
function ownerOf(object: KubeObject | undefined): OwnerName | undefined {
  const { namespace, labels = {} } = object?.metadata ?? {};
  const kind = labels[KIND_LABEL];
  const name = labels[OWNER_LABEL];
  if (kind === undefined || name === undefined) return undefined;
  return { kind, key: namespace === undefined ? { name } : { namespace, name } };
}

function followWatch(kind: string, watch: Watch, informers: Informers, current: CurrentTerm): void {
  const { type, labelSelector, fieldSelector, metadataOnly, optional } = watch;
  informers.follow({ type, labelSelector, fieldSelector, metadataOnly, optional }, ({ object, previous }) => {
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
