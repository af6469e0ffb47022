import { isRetainedChild, ownerLabels, ownerLabelsBeyond } from './child.ts';
import type { AnyController, Cache } from '../controller.ts';
import { KIND_LABEL, OWNER_LABEL, OWNER_NAMESPACE_LABEL } from '../keys.ts';
import type { CustomObject, KubeObject, ObjectKey, ResourceType } from '../kube.ts';
import { NameTaken } from './name-taken.ts';

export interface OwnedChild {
  type: ResourceType;
  object: KubeObject;
}

/** The kinds of children of one kind. */
export type Owning = Pick<AnyController, 'type' | 'owns' | 'ownsBeyond'>;

/** What the owner made: in its namespace what refers to it, beyond what is labelled so. Not what is to outlive it. */
export function childrenOf(cache: Cache, owner: CustomObject<unknown>, owning: Owning): OwnedChild[] {
  const { name, namespace, uid } = owner.metadata;
  const isOurs = ({ metadata }: KubeObject): boolean =>
    metadata.ownerReferences?.some((reference) => reference.uid === uid) === true;
  return [
    ...labelled(cache, owning.owns, ownerLabels(owner.kind, name), namespace).filter(({ object }) =>
      isOurs(object),
    ),
    ...labelled(cache, owning.ownsBeyond, ownerLabelsBeyond(owner.kind, name, namespace)).filter(
      ({ object }) => !isRetainedChild(object),
    ),
  ];
}

/** Everything with the labels of an owner of which nothing but the name is known any more. */
export function childrenNamed(cache: Cache, { namespace, name }: ObjectKey, owning: Owning): OwnedChild[] {
  const { kind } = owning.type;
  return [
    ...labelled(cache, owning.owns, ownerLabels(kind, name), namespace),
    ...labelled(cache, owning.ownsBeyond, ownerLabelsBeyond(kind, name, namespace)),
  ];
}

/**
 * A name outside of the owner's namespace is one for all: two owners that want the same child must not take it from
 * each other in turn. @throws NameTaken when the labels of what is there name another owner
 */
export function refuseForeign(live: KubeObject | undefined, child: KubeObject): void {
  const [present, wanted] = [ownerIn(live), ownerIn(child)];
  if (present !== undefined && present !== wanted)
    throw new NameTaken(`${child.kind} ${child.metadata.name}`, present);
}

function ownerIn(object: KubeObject | undefined): string | undefined {
  const labels = object?.metadata.labels ?? {};
  if (labels[OWNER_LABEL] === undefined) return undefined;
  return `${labels[KIND_LABEL] ?? ''} ${labels[OWNER_NAMESPACE_LABEL] ?? ''}/${labels[OWNER_LABEL]}`;
}

function labelled(
  cache: Cache,
  types: readonly ResourceType[] | undefined,
  labels: Record<string, string>,
  namespace?: string,
): OwnedChild[] {
  return (types ?? []).flatMap((type) =>
    cache.list(type, namespace, labels).map((object) => ({ type, object })),
  );
}
