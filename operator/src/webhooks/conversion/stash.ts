import { GROUP } from '../../api/group.ts';
import type { AnyObject } from '../../runtime/kube.ts';

/** Keeps fields that the hub lacks in an annotation: reading or writing another version loses none. */
export function stash(object: AnyObject, version: string, fields: Record<string, unknown>): AnyObject {
  if (Object.values(fields).every((value) => value === undefined)) return object;
  const annotations = { ...object.metadata.annotations, [annotationOf(version)]: JSON.stringify(fields) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** Takes out what {@link stash} has put in. The object is returned without the annotation. */
export function unstash(
  object: AnyObject,
  version: string,
): { object: AnyObject; fields: Record<string, unknown> } {
  const { [annotationOf(version)]: text, ...others } = object.metadata.annotations ?? {};
  if (text === undefined) return { object, fields: {} };
  const metadata = { ...object.metadata, annotations: others };
  // An empty map differs from no map when objects are compared.
  if (Object.keys(others).length === 0) Reflect.deleteProperty(metadata, 'annotations');
  return { object: { ...object, metadata }, fields: JSON.parse(text) as Record<string, unknown> };
}

function annotationOf(version: string): string {
  return `${GROUP}/only-in-${version}`;
}
