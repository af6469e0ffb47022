import { LABEL } from '../../api/group.ts';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import type { Pod } from '../../k8s/types.ts';

/**
 * Whether pods of a former revision of the service may still run, draining ones too. Pure.
 * @param pods of the service that use the broker and have not ended
 */
export function isRolling({ metadata, status }: HealthcareService, pods: readonly Pod[]): boolean {
  const { observedGeneration = -1, revision, conditions = [] } = status ?? {};
  const isComplete = conditions.some(({ type, status: is }) => type === 'RolledOut' && is === 'True');
  if (observedGeneration < (metadata.generation ?? 0) || !isComplete) return true;
  return pods.some((pod) => pod.metadata.labels?.[LABEL.revision] !== revision);
}
