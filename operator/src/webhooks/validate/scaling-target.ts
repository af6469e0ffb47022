import { scalingPolicies, type ScalingPolicy } from '../../api/scalingpolicy.ts';
import { targetOf } from '../../k8s/foreign-autoscaler.ts';
import { keyOf } from '../../runtime/keys.ts';
import type { Finding, OtherObjects } from './rule.ts';

/** One service has one policy. What the target lacks is only a warning: it may come, or change, later. */
export function scalingTarget({ spec }: ScalingPolicy, others: OtherObjects): Finding[] {
  const { service } = spec.target;
  const target = others.services.find(({ metadata }) => metadata.name === service);
  const field = 'spec.target.service';
  return [
    ...otherPolicies(service, others, field),
    ...autoscalers(service, others).map((name) =>
      warning(
        field,
        `the HorizontalPodAutoscaler ${name} scales ${service}, too: this policy stands back until it is deleted`,
      ),
    ),
    ...(target === undefined ? [warning(field, `there is no HealthcareService ${service} yet`)] : []),
    ...(target !== undefined && spec.queue !== undefined && (target.spec.consumes ?? []).length === 0
      ? [warning('spec.queue', `${service} consumes no event and has no queue`)]
      : []),
  ];
}

function otherPolicies(service: string, { policies }: OtherObjects, field: string): Finding[] {
  return policies
    .filter(({ spec }) => spec.target.service === service)
    .map((rival) => ({
      effect: 'refuse',
      field,
      message: `ScalingPolicy ${rival.metadata.name} scales ${service} already: change that one, or delete it first`,
      rival: { type: scalingPolicies, key: keyOf(rival) },
    }));
}

function autoscalers(service: string, { autoscalers: all }: OtherObjects): string[] {
  return all.filter((scaler) => targetOf(scaler) === service).map(({ metadata }) => metadata.name);
}

function warning(field: string, message: string): Finding {
  return { effect: 'warn', field, message };
}
