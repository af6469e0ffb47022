import type { ScalingPolicy } from '../../api/scalingpolicy.ts';
import type { JudgedCondition } from '../../runtime/controller.ts';
import type { Demand } from './demand.ts';
import type { Observed } from './observed.ts';

/** `TargetFound`: whether the service that is to be scaled exists. */
export function targetFound({ spec }: ScalingPolicy, { target }: Observed): JudgedCondition {
  const { service } = spec.target;
  if (target !== undefined)
    return judged('TargetFound', 'True', 'Found', `scales HealthcareService ${service}`);
  const message = `no HealthcareService ${service}: create it, or delete this policy`;
  return judged('TargetFound', 'False', 'TargetNotFound', message);
}

/** `SoleOwner`: whether nobody else decides about the replicas. Two owners would fight. */
export function soleOwner({ owner, foreign }: Observed): JudgedCondition {
  if (foreign.length > 0) {
    const message = `the HorizontalPodAutoscaler ${foreign.join(', ')} targets the same service; this policy stands back until it is deleted`;
    return judged('SoleOwner', 'False', 'ForeignAutoscaler', message);
  }
  if (owner !== undefined) {
    const message = `the older ScalingPolicy ${owner} has the same target and decides: delete one of the two`;
    return judged('SoleOwner', 'False', 'OlderPolicyDecides', message);
  }
  return judged('SoleOwner', 'True', 'Alone', 'nobody else decides about the replicas');
}

/** `MetricsAvailable`: whether every declared trigger can be read. */
export function metricsAvailable({ spec }: ScalingPolicy, { unavailable }: Demand): JudgedCondition {
  if (spec.pause) {
    return judged(
      'MetricsAvailable',
      'True',
      'Paused',
      'paused: the last decision holds until pause is false',
    );
  }
  if (unavailable.length === 0)
    return judged('MetricsAvailable', 'True', 'AllRead', 'every trigger can be read');
  const message = `${unavailable.join('; ')}. Until then nothing is scaled down.`;
  return judged('MetricsAvailable', 'False', 'MetricMissing', message);
}

function judged(
  type: string,
  status: JudgedCondition['status'],
  reason: string,
  message: string,
): JudgedCondition {
  return { type, status, reason, message };
}
