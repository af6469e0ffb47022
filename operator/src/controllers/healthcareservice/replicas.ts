import type { HealthcareService } from '../../api/healthcareservice.ts';
import type { ScalingPolicy } from '../../api/scalingpolicy.ts';
import { compare } from './edges.ts';
import type { Observed } from './observed.ts';

/**
 * The replicas that the Deployment gets, from the one owner there is: a foreign autoscaler (which is followed, not
 * fought), else the ScalingPolicy, else `spec.replicas`. The service's controller is the only writer of the field.
 */
export function wantedReplicas(service: HealthcareService, observed: Observed): number {
  const now = observed.deployment?.spec?.replicas;
  const { policy } = observed;
  if (observed.foreignAutoscaler) return now ?? service.spec.replicas;
  if (policy === undefined) return service.spec.replicas;
  const decided = policy.status?.desiredReplicas ?? now ?? service.spec.replicas;
  return policy.spec.pause ? decided : Math.min(Math.max(decided, policy.spec.min), policy.spec.max);
}

/** The policy that decides for a service: the oldest that targets it. */
export function owningPolicy(service: string, policies: readonly ScalingPolicy[]): ScalingPolicy | undefined {
  return policies
    .filter(({ spec }) => spec.target.service === service)
    .sort((a, b) => compare(age(a), age(b)) || compare(a.metadata.name, b.metadata.name))
    .at(0);
}

function age(policy: ScalingPolicy): string {
  return policy.metadata.creationTimestamp ?? '';
}
