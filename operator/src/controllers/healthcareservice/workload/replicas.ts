import { GROUP } from '../../../api/group.ts';
import type { HealthcareService, HealthcareServiceStatus } from '../../../api/healthcareservice.ts';
import type { ScalingPolicy } from '../../../api/scalingpolicy.ts';
import type { EventNote } from '../../../runtime/controller.ts';
import { eventType } from '../../../runtime/status/reasons.ts';
import type { FollowedReplicas } from './followed-replicas.ts';

/** Who else decides about the replicas of a service, and how. */
export interface Scaling {
  /** The policy that decides; the oldest when there are several. None where an autoscaler scales the service itself. */
  policy: ScalingPolicy | undefined;
  /** Whether an autoscaler scales the service itself, by writing `spec.replicas`. */
  isScaledItself: boolean;
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

/** Annotation that lets `spec.replicas` count though it is what it was when a ScalingPolicy decided last. */
export const RELEASE_REPLICAS = `${GROUP}/release-replicas`;

/**
 * The replicas of the Deployment from their one owner: a foreign autoscaler, else the ScalingPolicy, else the last decision of
 * one that is gone, else `spec.replicas`.
 */
export function wantedReplicas(service: HealthcareService, scaling: Scaling): number {
  const { spec } = service;
  const { policy, followed, current } = scaling;
  const running = followed?.now ?? current ?? spec.replicas;
  if (followed !== undefined) return running;
  if (policy === undefined) return heldDecision(service, scaling)?.replicas ?? spec.replicas;
  return decisionOf(policy, running);
}

/** The last decision of a policy, within its bounds unless it pauses. */
function decisionOf({ spec, status }: ScalingPolicy, running: number): number {
  const decided = status?.desiredReplicas ?? running;
  return spec.pause ? decided : Math.min(Math.max(decided, spec.min), spec.max);
}

type Decision = NonNullable<HealthcareServiceStatus['scaled']>;

/** The decision of a policy that is gone, as long as nobody has said otherwise. Zero is not held: nobody could wake the service. */
export function heldDecision(
  { metadata, spec, status }: HealthcareService,
  { policy, followed, isScaledItself }: Scaling,
): Decision | undefined {
  const { scaled } = status ?? {};
  const isReleased = metadata.annotations?.[RELEASE_REPLICAS] === 'true';
  if (policy !== undefined || followed !== undefined || isScaledItself || isReleased) return undefined;
  return scaled?.declared === spec.replicas && scaled.replicas > 0 ? scaled : undefined;
}

/** What is remembered of the decision for the time when the policy is gone. */
export function scaledStatus(
  service: HealthcareService,
  scaling: Scaling,
  wanted: number,
): Pick<HealthcareServiceStatus, 'scaled'> {
  const { policy, followed } = scaling;
  if (policy !== undefined && followed === undefined)
    return { scaled: { replicas: wanted, declared: service.spec.replicas } };
  const held = heldDecision(service, scaling);
  return held === undefined ? {} : { scaled: held };
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
