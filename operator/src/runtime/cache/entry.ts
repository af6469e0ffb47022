import { ownershipOf, slim } from '../apply/ownership.ts';
import type { KubeObject } from '../kube.ts';
import type { InformerScope } from './informer-options.ts';
import type { Entry } from './store.ts';

/** The object as the store keeps it. */
export function entryOf(object: KubeObject, { type, ownership }: InformerScope): Entry {
  // List items come without these two, metadata-only ones with others.
  object.apiVersion = type.apiVersion;
  object.kind = type.kind;
  const owned = ownership === true ? ownershipOf(object.metadata.managedFields) : undefined;
  slim(object);
  return { object, owned: owned?.digest, fields: owned?.fields };
}
