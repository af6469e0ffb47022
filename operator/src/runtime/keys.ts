import type { KubeObject, ObjectKey, ResourceType } from './kube.ts';

/** The field manager of every server-side apply. */
export const FIELD_MANAGER = 'careplane';
/** Lower-case kind of a child's owner. Every cached child carries it. */
export const KIND_LABEL = 'careplane.dev/kind';
/** Name of a child's owner. */
export const OWNER_LABEL = 'careplane.dev/owner';
/** Digest of the desired state that was applied last. A label, since a child's first annotation costs the API server more. */
export const APPLIED_LABEL = 'careplane.dev/applied';
/** `"true"` on a planned child: no owner reference, never pruned, so that it outlives its owner. */
export const RETAIN_ANNOTATION = 'careplane.dev/retain';
/** `"true"` on somebody else's object that has the name of a child: it is taken over, and deleted with the child's owner. */
export const ADOPT_ANNOTATION = 'careplane.dev/adopt';
/** `"true"` on an object of ours: nothing is done for it. */
export const PAUSED_ANNOTATION = 'careplane.dev/paused';

export function keyOf(object: KubeObject): ObjectKey {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? { name } : { namespace, name };
}

/** `namespace/name`, or `/name` for cluster-scoped objects. */
export function keyId(key: ObjectKey): string {
  return `${key.namespace ?? ''}/${key.name}`;
}

/** One string for a type: `apps/v1/Deployment`. */
export function typeId(type: Pick<ResourceType, 'apiVersion' | 'kind'>): string {
  return `${type.apiVersion}/${type.kind}`;
}

/** Whether the resource version is later than the other one: a comparison of numbers (KEP-5504, Kubernetes 1.35). */
export function isNewer(version: string | undefined, than: string | undefined): boolean {
  return Number(version ?? 0) > Number(than ?? 0);
}
