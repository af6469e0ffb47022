import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { JudgedCondition } from '../../../runtime/controller.ts';
import { conditionType } from '../../../runtime/status/reasons.ts';
import { heldDecision, RELEASE_REPLICAS, type Scaling } from '../workload/replicas.ts';

/** It informs: as many pods run as somebody decided on. */
export const ReplicasAsDeclared = conditionType({
  type: 'ReplicasAsDeclared',
  kinds: ['HealthcareService'],
  informs: true,
  meaning: 'Shown only while it is False: `spec.replicas` counts, where nobody else decides.',
  reasons: {
    DecisionHeld: {
      meaning:
        'The ScalingPolicy that decided is gone. Its last decision holds, since `spec.replicas` may be much less than the load needs.',
      remedy:
        'Change `spec.replicas` to what the service needs, or set the annotation `careplane.dev/release-replicas=true` if it is right as it is.',
      page: 'docs/concepts/rollouts.md',
    },
  },
});

export function replicasAsDeclared(service: HealthcareService, scaling: Scaling): JudgedCondition[] {
  const held = heldDecision(service, scaling);
  if (held === undefined || held.replicas === held.declared) return [];
  const message = `${String(held.replicas)} replicas hold, which a ScalingPolicy that is gone decided on; spec.replicas says ${String(held.declared)}: change it, or annotate ${RELEASE_REPLICAS}=true`;
  return [ReplicasAsDeclared.because('DecisionHeld', message)];
}
