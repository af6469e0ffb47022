import type { HealthcareService } from '../../api/healthcareservice.ts';
import type { ScalingPolicy, ScalingPolicyStatus } from '../../api/scalingpolicy.ts';
import type { Plan } from '../../runtime/controller.ts';
import { warningsOf } from '../../runtime/status/reasons.ts';
import { metricsAvailable, soleOwner, targetFound, type Rivals } from './conditions.ts';
import { decide } from './decision.ts';
import { demandOf, type Samples } from './demand.ts';

/** Everything that decides about one policy, read at one moment. */
export interface Observed {
  target: HealthcareService | undefined;
  /** Replicas that are in force: decided last, else what runs, else what the service asks for. */
  current: number;
  rivals: Rivals;
  samples: Samples;
  /** The highest demand of the stabilization window; `undefined` while it has not been watched for that long. */
  highestInWindow: number | undefined;
}

/** How often the metrics are looked at (milliseconds). */
const INTERVAL = 5_000;

/** The decision of a policy. It has no children: the service's controller follows `status.desiredReplicas`. Pure. */
export function plan(policy: ScalingPolicy, observed: Observed): Plan<ScalingPolicyStatus> {
  const { spec } = policy;
  const { target, current, rivals, samples, highestInWindow } = observed;
  const demand = demandOf(spec, samples, current);
  const rights = [targetFound(policy, target), soleOwner(rivals)];
  const decides = rights.every(({ status }) => status === 'True');
  const conditions = decides ? [...rights, metricsAvailable(policy, demand)] : rights;
  const plain = { children: [], conditions, events: warningsOf(conditions) };
  // Rivals and targets are watched; only metrics have to be asked for.
  if (!decides) return plain;
  if (spec.pause) return { ...plain, status: { desiredReplicas: current } };
  const desiredReplicas = decide({ current, min: spec.min, max: spec.max, demand, highestInWindow });
  return { ...plain, status: { desiredReplicas }, requeueAfterMs: INTERVAL };
}
