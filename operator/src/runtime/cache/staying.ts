import type { ObjectMeta } from '../kube.ts';

/** Whether nobody has asked for the object's deletion. */
export function isStaying({ metadata }: { metadata: Pick<ObjectMeta, 'deletionTimestamp'> }): boolean {
  return metadata.deletionTimestamp === undefined;
}
