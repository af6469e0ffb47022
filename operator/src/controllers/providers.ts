import type { Cache, OwnedType } from '../runtime/controller.ts';
import { keyOf } from '../runtime/keys.ts';
import type { KubeObject, ObjectKey, ObjectMeta, ResourceType } from '../runtime/kube.ts';
import { metadataOnly } from '../runtime/apply/owned-types.ts';
import type { Zone } from '../k8s/dns-names.ts';
import { statefulSets } from '../k8s/types.ts';
import { configMaps, networkPolicies, podDisruptionBudgets, secrets, services } from '../k8s/types.ts';

/** What the controllers of stores and brokers have in common. */

/** Kinds of children of an engine. */
export const engineChildren: readonly OwnedType[] = [
  ...metadataOnly(secrets, configMaps, services, podDisruptionBudgets, networkPolicies),
  statefulSets,
];

/** Where the names of an object's pods and services end in the DNS. */
export function zones(clusterDomain: string): (object: { metadata: ObjectMeta }) => Zone {
  return ({ metadata }) => ({ namespace: metadata.namespace ?? '', clusterDomain });
}

/**
 * Maps a change to all objects of the type in its namespace; of something without a namespace to all there are. An edge
 * that was taken away can be read nowhere any more, so whom it concerned cannot be told.
 */
export function allBeside(type: ResourceType): (changed: KubeObject, cache: Cache) => ObjectKey[] {
  return ({ metadata }, cache) => cache.list(type, metadata.namespace).map(keyOf);
}
