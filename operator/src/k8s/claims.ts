import { isStaying } from '../runtime/cache/staying.ts';
import type { Cache } from '../runtime/controller.ts';
import { indexOf } from './pods.ts';
import { DATA_VOLUME } from './stateful-set.ts';
import { persistentVolumeClaims, type PersistentVolumeClaim } from './types.ts';

/** Claims of data volumes, by the names of their pods. */
export type ClaimsByPod = ReadonlyMap<string, PersistentVolumeClaim>;

/** Claims of a StatefulSet. @param selector what it selects its pods by: its claims have the same labels */
export function claimsByPod(
  cache: Pick<Cache, 'list'>,
  namespace: string,
  selector: Record<string, string>,
): ClaimsByPod {
  const claims = cache.list(persistentVolumeClaims, namespace, selector).filter(isStaying);
  return new Map(claims.map((claim) => [claim.metadata.name.slice(`${DATA_VOLUME}-`.length), claim]));
}

/** Indexes of the pods that have a claim, in order. Pure. */
export function claimedIndexes(claims: ClaimsByPod): number[] {
  const indexes = [...claims.keys()].map(indexOf).filter((index) => !Number.isNaN(index));
  return indexes.sort((a, b) => a - b);
}

/** Members of a set whose StatefulSet is gone: it is made again for all that have a volume, and shrinks from there. Pure. */
export function claimedMembers(claims: ClaimsByPod): number {
  return (claimedIndexes(claims).at(-1) ?? -1) + 1;
}
