import { ownerLabels } from './child.ts';
import type { AnyController, Cache } from '../controller.ts';
import { keyOf } from '../keys.ts';
import type { CustomObject, KubeObject, ObjectKey, ResourceType } from '../kube.ts';

export interface OwnedChild {
  type: ResourceType;
  object: KubeObject;
}

/** The kinds of children of one kind. */
export type Owning = Pick<AnyController, 'type' | 'owns'>;

/** What the owner made and an owner reference ties to it: not what is to outlive it. */
export function childrenOf(cache: Cache, owner: CustomObject<unknown>, owning: Owning): OwnedChild[] {
  const { uid } = owner.metadata;
  const isOurs = ({ metadata }: KubeObject): boolean =>
    metadata.ownerReferences?.some((reference) => reference.uid === uid) === true;
  return childrenNamed(cache, keyOf(owner), owning).filter(({ object }) => isOurs(object));
}

/** Everything with the labels of an owner of which nothing but the name is known any more. */
export function childrenNamed(
  cache: Cache,
  { namespace, name }: ObjectKey,
  { type, owns }: Owning,
): OwnedChild[] {
  const labels = ownerLabels(type.kind, name);
  return owns.flatMap((owned) =>
    cache.list(owned, namespace, labels).map((object) => ({ type: owned, object })),
  );
}
