import { textDigest } from './digest.ts';
import { FIELD_MANAGER } from '../keys.ts';
import type { KubeObject, ManagedFieldsEntry } from '../kube.ts';

/** What we own of an object by server-side apply. */
export interface Ownership {
  /** Digest of the fields that we own: it changes when another manager takes, changes or removes one (drift). */
  digest: string;
  /** The fields themselves as JSON (`metav1.FieldsV1`), in the order in which the API server sorts and keeps them. */
  fields: string;
}

/** Our part of an object's managedFields; `undefined` when we own nothing. */
export function ownershipOf(entries: readonly ManagedFieldsEntry[] | undefined): Ownership | undefined {
  const ours = entries?.find(
    (entry) =>
      entry.manager === FIELD_MANAGER && entry.operation === 'Apply' && (entry.subresource ?? '') === '',
  );
  const fields = ours && fieldsOf(ours);
  return fields === undefined ? undefined : { digest: textDigest(fields), fields };
}

/** One text for one set of fields: the API server may send one object as JSON and as protobuf, and escapes differ between them. */
function fieldsOf({ fieldsV1, fieldsJson }: ManagedFieldsEntry): string | undefined {
  if (fieldsJson === undefined) return fieldsV1 && JSON.stringify(fieldsV1);
  return fieldsJson.includes('\\u') ? JSON.stringify(JSON.parse(fieldsJson)) : fieldsJson;
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Takes out, in place, what is big and never read: managedFields and kubectl's copy of the object. */
export function slim({ metadata }: KubeObject): void {
  // Left in the map without a value: `delete` would make a hash table of it, 760 bytes more for each child.
  metadata.managedFields = undefined;
  const { annotations } = metadata;
  if (annotations !== undefined && LAST_APPLIED in annotations)
    metadata.annotations = without(annotations, LAST_APPLIED);
}

function without<T extends object>(map: T, name: keyof T): T {
  return Object.fromEntries(Object.entries(map).filter(([key]) => key !== name)) as T;
}
