import { scalingPolicies, type ScalingPolicy } from '../../api/scalingpolicy.ts';
import { targetOf } from '../../k8s/foreign-autoscaler.ts';
import type { Finding, Neighbours } from './rule.ts';

/** One service has one policy. What the target lacks is only a warning: it may come, or change, later. */
export function scalingTarget({ spec }: ScalingPolicy, neighbours: Neighbours): Finding[] {
  const { service } = spec.target;
  const target = neighbours.services.find(({ metadata }) => metadata.name === service);
  const field = 'spec.target.service';
  return [
    ...otherPolicies(service, neighbours, field),
    ...autoscalers(service, neighbours).map((name) =>
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

function otherPolicies(service: string, { policies }: Neighbours, field: string): Finding[] {
  return policies
    .filter(({ spec }) => spec.target.service === service)
    .map(({ metadata: { name, namespace = '' } }) => ({
      effect: 'refuse',
      field,
      message: `ScalingPolicy ${name} scales ${service} already: change that one, or delete it first`,
      rival: { type: scalingPolicies, key: { namespace, name } },
    }));
}

function autoscalers(service: string, { autoscalers: all }: Neighbours): string[] {
  return all.filter((scaler) => targetOf(scaler) === service).map(({ metadata }) => metadata.name);
}

function warning(field: string, message: string): Finding {
  return { effect: 'warn', field, message };
}
