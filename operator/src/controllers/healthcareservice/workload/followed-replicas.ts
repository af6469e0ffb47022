import type { LiveReader } from '../../../runtime/controller.ts';
import { FIELD_MANAGER } from '../../../runtime/keys.ts';
import type { ManagedFieldsEntry, ObjectKey } from '../../../runtime/kube.ts';
import { deployments } from '../../../k8s/types.ts';

/** The replicas of a Deployment that somebody else's autoscaler scales. */
export interface FollowedReplicas {
  /** `undefined` while there is no Deployment. */
  now: number | undefined;
  /** Somebody else has written the field, so that it stays when it is left out of what we apply. */
  isTheirs: boolean;
}

/**
 * Reads the Deployment live: applying a count from the cache may undo the autoscaler's last decision.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#transferring-ownership
 */
export async function followedReplicas(
  { live }: { live: LiveReader },
  key: ObjectKey,
): Promise<FollowedReplicas> {
  const deployment = await live.get(deployments, key);
  return {
    now: deployment?.spec?.replicas,
    isTheirs: (deployment?.metadata.managedFields ?? []).some(isTheirs),
  };
}

function isTheirs({ manager, operation, fieldsV1 }: ManagedFieldsEntry): boolean {
  const isOurs = manager === FIELD_MANAGER && operation === 'Apply';
  const fields = (fieldsV1?.['f:spec'] ?? {}) as Record<string, unknown>;
  return !isOurs && fields['f:replicas'] !== undefined;
}
