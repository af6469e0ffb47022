import { healthcareServices } from '../../api/healthcareservice.ts';
import { scalingPolicies, type ScalingPolicy } from '../../api/scalingpolicy.ts';
import type { Cache, Controller, Watch } from '../../runtime/controller.ts';
import type { KubeObject, ObjectKey } from '../../runtime/kube.ts';
import { LABEL } from '../../api/group.ts';
import { messageBrokers } from '../../api/messagebroker.ts';
import { targetOf } from '../../k8s/foreign-autoscaler.ts';
import { horizontalPodAutoscalers, pods } from '../../k8s/types.ts';
import { watch } from '../../k8s/watch.ts';
import { policyConditions } from './conditions.ts';
import { DemandHistory } from './history.ts';
import type { MetricSource } from './metric-source.ts';
import { observe } from './observe.ts';
import { plan, type Observed } from './plan.ts';

/** The controller of ScalingPolicy: looks at the metrics every five seconds and decides how many replicas there shall be. */
export function scalingPolicyController(metrics: MetricSource): Controller<ScalingPolicy, Observed> {
  const instruments = { metrics, history: new DemandHistory() };
  return {
    type: scalingPolicies,
    owns: [],
    conditions: policyConditions,
    decides: ['desiredReplicas'],
    watches: watches(),
    observe: (policy, context) => observe(policy, context, instruments),
    plan,
  };
}

function watches(): Watch[] {
  return [
    watch({
      type: healthcareServices,
      map: ({ metadata }, cache) => policiesOf(metadata, metadata.name, cache),
    }),
    // Another policy with the same target may come or go.
    watch({
      type: scalingPolicies,
      map: ({ metadata, spec }, cache) => policiesOf(metadata, spec.target.service, cache),
    }),
    watch({
      type: horizontalPodAutoscalers,
      map: (autoscaler, cache) => policiesOf(autoscaler.metadata, targetOf(autoscaler), cache),
    }),
    // Read at each look, but no reason to look.
    watch({ type: messageBrokers, map: () => [] }),
    watch({ type: pods, labelSelector: LABEL.service, map: () => [] }),
  ];
}

function policiesOf(
  { namespace = '' }: KubeObject['metadata'],
  service: string | undefined,
  cache: Cache,
): ObjectKey[] {
  return cache
    .list(scalingPolicies, namespace)
    .filter(({ spec }) => spec.target.service === service)
    .map(({ metadata }) => ({ namespace, name: metadata.name }));
}
