import { digest } from './digest.ts';
import { FIELD_MANAGER } from './keys.ts';
import type { KubeObject, ManagedFieldsEntry } from './kube.ts';

/**
 * Digest of the fields that we own by server-side apply. When another manager takes a field from us, changes or
 * removes it, our entry loses it and the digest changes: that is drift. `undefined` when we own nothing.
 */
export function ownershipDigest(entries: readonly ManagedFieldsEntry[] | undefined): string | undefined {
  const ours = entries?.find(
    (entry) =>
      entry.manager === FIELD_MANAGER && entry.operation === 'Apply' && (entry.subresource ?? '') === '',
  );
  return ours?.fieldsV1 === undefined ? undefined : digest(ours.fieldsV1);
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Takes out, in place, what is big and never read: managedFields and kubectl's copy of the object. */
export function slim(object: KubeObject): void {
  delete object.metadata.managedFields;
  const annotations = object.metadata.annotations;
  if (annotations !== undefined && LAST_APPLIED in annotations) {
    const rest = Object.entries(annotations).filter(([name]) => name !== LAST_APPLIED);
    object.metadata.annotations = Object.fromEntries(rest);
  }
}
