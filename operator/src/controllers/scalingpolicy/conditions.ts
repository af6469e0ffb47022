import type { ScalingPolicy } from '../../api/scalingpolicy.ts';
import type { JudgedCondition } from '../../runtime/controller.ts';
import {
  conditionType,
  WHEN_LASTING,
  WHEN_SETTLED,
  type ConditionDescription,
} from '../../runtime/status/reasons.ts';
import type { Demand } from './demand.ts';

const kinds = ['ScalingPolicy'];

export const TargetFound = conditionType({
  type: 'TargetFound',
  kinds,
  meaning: 'Whether the service that is to be scaled exists.',
  reasons: {
    Found: { status: 'True', meaning: 'It does.' },
    TargetNotFound: {
      needsPerson: WHEN_SETTLED,
      alarming: true,
      meaning: '`spec.target.service` names no HealthcareService of the namespace.',
      remedy: 'Create the service, or delete the policy.',
    },
  },
});

export const SoleOwner = conditionType({
  type: 'SoleOwner',
  kinds,
  meaning: 'Whether nobody else decides about the replicas. Two owners would fight.',
  reasons: {
    Alone: { status: 'True', meaning: 'Nobody else does.' },
    ForeignAutoscaler: {
      needsPerson: WHEN_SETTLED,
      alarming: true,
      meaning:
        'A HorizontalPodAutoscaler targets the same service, or its Deployment; the policy stands back.',
      remedy: 'Delete the HorizontalPodAutoscaler, or the policy.',
    },
    OlderPolicyDecides: {
      needsPerson: WHEN_SETTLED,
      alarming: true,
      meaning: 'An older ScalingPolicy has the same target and decides.',
      remedy: 'Delete one of the two.',
    },
  },
});

export const MetricsAvailable = conditionType({
  type: 'MetricsAvailable',
  kinds,
  meaning: 'Whether every declared trigger can be read.',
  reasons: {
    AllRead: { status: 'True', meaning: 'Every one can.' },
    Paused: { status: 'True', meaning: '`spec.pause` is true: the last decision holds.' },
    MetricMissing: {
      needsPerson: WHEN_LASTING,
      alarming: true,
      meaning: 'A figure cannot be read; until it can, nothing is scaled down.',
      remedy: 'The message names it: is metrics.k8s.io there, does the broker answer?',
    },
  },
});

export function targetFound({ spec }: ScalingPolicy, target: object | undefined): JudgedCondition {
  const { service } = spec.target;
  return target === undefined
    ? TargetFound.because(
        'TargetNotFound',
        `no HealthcareService ${service}: create it, or delete this policy`,
      )
    : TargetFound.because('Found', `scales HealthcareService ${service}`);
}

/** Who else would decide about the replicas. */
export interface Rivals {
  /** The older policy that decides instead, if there is one. */
  owner: string | undefined;
  /** HorizontalPodAutoscalers that target the same Deployment. */
  foreign: readonly string[];
}

export function soleOwner({ owner, foreign }: Rivals): JudgedCondition {
  if (foreign.length > 0)
    return SoleOwner.because(
      'ForeignAutoscaler',
      `the HorizontalPodAutoscaler ${foreign.join(', ')} targets the same service; this policy stands back until it is deleted`,
    );
  if (owner !== undefined)
    return SoleOwner.because(
      'OlderPolicyDecides',
      `the older ScalingPolicy ${owner} has the same target and decides: delete one of the two`,
    );
  return SoleOwner.because('Alone', 'nobody else decides about the replicas');
}

export function metricsAvailable({ spec }: ScalingPolicy, { unavailable }: Demand): JudgedCondition {
  if (spec.pause)
    return MetricsAvailable.because('Paused', 'paused: the last decision holds until pause is false');
  if (unavailable.length === 0) return MetricsAvailable.because('AllRead', 'every trigger can be read');
  return MetricsAvailable.because(
    'MetricMissing',
    `${unavailable.join('; ')}. Until then nothing is scaled down.`,
  );
}

/** Every condition of a ScalingPolicy. */
export const policyConditions: readonly ConditionDescription[] = [TargetFound, SoleOwner, MetricsAvailable];
