import type { ScalingPolicy, ScalingPolicyStatus } from '../../api/scalingpolicy.ts';
import type { EventNote, JudgedCondition, Plan } from '../../runtime/controller.ts';
import { decide } from './decision.ts';
import { demandOf } from './demand.ts';
import { metricsAvailable, soleOwner, targetFound } from './judge.ts';
import type { Observed } from './observed.ts';

/** How often the metrics are looked at (milliseconds). */
const INTERVAL = 5_000;

/** The decision of a policy. It has no children: the service's controller follows `status.desiredReplicas`. Pure. */
export function plan(policy: ScalingPolicy, observed: Observed): Plan<ScalingPolicyStatus> {
  const { spec } = policy;
  const demand = demandOf(spec, observed.samples, observed.current);
  const rights = [targetFound(policy, observed), soleOwner(observed)];
  const decides = rights.every(({ status }) => status === 'True');
  const conditions = decides ? [...rights, metricsAvailable(policy, demand)] : rights;
  const plain = { children: [], conditions, events: conditions.flatMap(warning) };
  // Rivals and targets are watched; only metrics have to be asked for.
  if (!decides) return plain;
  if (spec.pause) return { ...plain, status: { desiredReplicas: observed.current } };
  const { current, highestInWindow } = observed;
  const desiredReplicas = decide({ current, min: spec.min, max: spec.max, demand, highestInWindow });
  return { ...plain, status: { desiredReplicas }, requeueAfterMs: INTERVAL };
}

function warning({ status, reason, message }: JudgedCondition): EventNote[] {
  return status === 'False' ? [{ type: 'Warning', reason, message }] : [];
}
