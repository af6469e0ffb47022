import type { OwnedType } from '../controller.ts';
import type { ResourceType } from '../kube.ts';

/** Kinds of children whose content no controller reads from the cache: only their metadata are fetched and kept. */
export function metadataOnly(...types: readonly ResourceType[]): OwnedType[] {
  return types.map((type) => ({ ...type, metadataOnly: true }));
}
