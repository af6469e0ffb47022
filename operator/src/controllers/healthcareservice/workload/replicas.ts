import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { ScalingPolicy } from '../../../api/scalingpolicy.ts';
import { byAge } from '../../../graph/order.ts';
import type { Child } from '../../../k8s/types.ts';
import type { Observed } from '../observed.ts';

/**
 * The replicas that the Deployment gets, from the one owner there is: a foreign autoscaler (which is followed, not
 * fought), else the ScalingPolicy, else `spec.replicas`. The service's controller is the only writer of the field.
 */
export function wantedReplicas(service: HealthcareService, observed: Observed): number {
  const { policy } = observed;
  if (observed.foreignAutoscaler) return running(service, observed);
  if (policy === undefined) return service.spec.replicas;
  const decided = policy.status?.desiredReplicas ?? running(service, observed);
  return policy.spec.pause ? decided : Math.min(Math.max(decided, policy.spec.min), policy.spec.max);
}

/** What the Deployment has now; where there is none yet, what it begins with. */
function running({ spec }: HealthcareService, { followed, deployment }: Observed): number {
  return followed?.now ?? deployment?.spec?.replicas ?? spec.replicas;
}

/** Leaves the count of a Deployment to the autoscaler that has written it: whatever we applied could be older. */
export function leftToOthers(child: Child, { followed }: Pick<Observed, 'followed'>): Child {
  if (child.kind !== 'Deployment' || followed?.isTheirs !== true) return child;
  const fields = Object.entries(child['spec'] as object).filter(([name]) => name !== 'replicas');
  return { ...child, spec: Object.fromEntries(fields) };
}

/** The policy that decides for a service: the oldest that targets it. */
export function owningPolicy(service: string, policies: readonly ScalingPolicy[]): ScalingPolicy | undefined {
  return policies
    .filter(({ spec }) => spec.target.service === service)
    .sort(byAge)
    .at(0);
}
