import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { ScalingPolicy } from '../../../api/scalingpolicy.ts';
import type { EventNote } from '../../../runtime/controller.ts';
import { eventType } from '../../../runtime/status/reasons.ts';
import type { FollowedReplicas } from './followed-replicas.ts';

/** Who else decides about the replicas of a service, and how. */
export interface Scaling {
  /** The policy that decides; the oldest when there are several. None where an autoscaler scales the service itself. */
  policy: ScalingPolicy | undefined;
  /** What a HorizontalPodAutoscaler that targets the Deployment has made of the replicas; absent without one. */
  followed: FollowedReplicas | undefined;
  /** Replicas of the Deployment; `undefined` where there is none. */
  current: number | undefined;
}

export const ForeignAutoscaler = eventType({
  type: 'Warning',
  reason: 'ForeignAutoscaler',
  kinds: ['HealthcareService'],
  meaning: 'A HorizontalPodAutoscaler targets the Deployment of the service: its replicas are followed.',
  remedy: 'Delete it to let `spec.replicas` or a ScalingPolicy decide.',
});

/** The replicas of the Deployment from their one owner: a foreign autoscaler, else the ScalingPolicy, else `spec.replicas`. */
export function wantedReplicas({ spec }: HealthcareService, { policy, followed, current }: Scaling): number {
  const running = followed?.now ?? current ?? spec.replicas;
  if (followed !== undefined) return running;
  if (policy === undefined) return spec.replicas;
  const decided = policy.status?.desiredReplicas ?? running;
  return policy.spec.pause ? decided : Math.min(Math.max(decided, policy.spec.min), policy.spec.max);
}

/** Says that a foreign autoscaler is followed. */
export function foreignAutoscaler({ metadata }: HealthcareService, { followed }: Scaling): EventNote[] {
  if (followed === undefined) return [];
  return [
    ForeignAutoscaler.note(
      `a HorizontalPodAutoscaler targets the Deployment ${metadata.name}: its replicas are followed; delete it to let spec.replicas or a ScalingPolicy decide`,
    ),
  ];
}
