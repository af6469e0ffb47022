import { milliseconds } from '../../api/duration.ts';
import { LABEL } from '../../api/group.ts';
import { healthcareServices, type HealthcareService } from '../../api/healthcareservice.ts';
import { messageBrokers } from '../../api/messagebroker.ts';
import { quantityValue } from '../../api/quantity.ts';
import { scalingPolicies, type ScalingPolicy } from '../../api/scalingpolicy.ts';
import type { Cache, Context } from '../../runtime/controller.ts';
import type { ObjectKey } from '../../runtime/kube.ts';
import { isStaying } from '../../runtime/cache/staying.ts';
import { isLiving, readySince } from '../../k8s/pods.ts';
import { resolveBroker } from '../../graph/declared.ts';
import { owningPolicy } from '../../graph/owning-policy.ts';
import { foreignAutoscalers } from '../../k8s/foreign-autoscaler.ts';
import { deployments, pods, type Pod } from '../../k8s/types.ts';
import { demandOf, type Samples, type Unavailable } from './demand.ts';
import type { DemandHistory } from './history.ts';
import { MetricUnavailable, type MetricSource } from './metric-source.ts';
import type { Observed } from './plan.ts';
import type { PodCpu } from './recommendation.ts';

/** Milliseconds until a new pod's CPU counts, as `--horizontal-pod-autoscaler-initial-readiness-delay` of Kubernetes. */
const START = 45_000;

/** What the controller of ScalingPolicy is made with. */
export interface Instruments {
  metrics: MetricSource;
  history: DemandHistory;
}

/** Reads the target, its rivals, and, where the policy is the one that decides, its metrics. */
export async function observe(
  policy: ScalingPolicy,
  context: Context,
  { metrics, history }: Instruments,
): Promise<Observed> {
  const { target, current, rivals } = readTarget(policy, context.cache);
  const isIdle = rivals.owner !== undefined || rivals.foreign.length > 0 || policy.spec.pause;
  const samples = target === undefined || isIdle ? {} : await sample(policy, target, context, metrics);
  const { replicas, unavailable } = demandOf(policy.spec, samples, current);
  // Half a demand may be too low: the window must hold only whole ones.
  const demand = unavailable.length > 0 ? undefined : replicas;
  const window = milliseconds(policy.spec.behavior.scaleDownStabilization);
  const highestInWindow = history.observe(policy.metadata.uid ?? '', demand, window, context.now());
  return { target, current, rivals, samples, highestInWindow };
}

function readTarget(policy: ScalingPolicy, cache: Cache): Pick<Observed, 'target' | 'current' | 'rivals'> {
  const { namespace = '', name } = policy.metadata;
  const { service } = policy.spec.target;
  const owner = owningPolicy(service, cache.list(scalingPolicies, namespace).filter(isStaying));
  return {
    target: cache.get(healthcareServices, { namespace, name: service }),
    current: policy.status?.desiredReplicas ?? runningReplicas(cache, { namespace, name: service }),
    rivals: {
      owner: owner === undefined || owner.metadata.name === name ? undefined : owner.metadata.name,
      foreign: foreignAutoscalers(cache, namespace, service),
    },
  };
}

function runningReplicas(cache: Cache, service: ObjectKey): number {
  const running = cache.get(deployments, service)?.spec?.replicas;
  return running ?? cache.get(healthcareServices, service)?.spec.replicas ?? 0;
}

async function sample(
  { spec }: ScalingPolicy,
  target: HealthcareService,
  context: Context,
  metrics: MetricSource,
): Promise<Samples> {
  const [cpu, queue] = await Promise.all([
    spec.cpu === undefined ? undefined : readable(sampleCpu(target, context, metrics)),
    spec.queue === undefined ? undefined : readable(sampleQueue(target, context, metrics)),
  ]);
  return { ...(cpu === undefined ? {} : { cpu }), ...(queue === undefined ? {} : { queue }) };
}

async function readable<T>(reading: Promise<T>): Promise<T | Unavailable> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof MetricUnavailable) return { unavailable: error.message };
    throw error;
  }
}

async function sampleCpu(
  { metadata: { namespace = '', name: service } }: HealthcareService,
  context: Context,
  metrics: MetricSource,
): Promise<PodCpu[]> {
  const running = context.cache.list(pods, namespace, { [LABEL.service]: service }).filter(isLiving);
  if (running.length === 0) return [];
  const usages = await metrics.podCpu({ namespace, service }, context);
  return running.map((pod) => {
    const usage = usages.get(pod.metadata.name);
    const isStarting = context.now() - (readySince(pod) ?? Infinity) < START;
    return { request: cpuRequest(pod), isStarting, ...(usage === undefined ? {} : { usage }) };
  });
}

async function sampleQueue(
  { metadata: { namespace = '', name: service }, spec }: HealthcareService,
  context: Context,
  metrics: MetricSource,
): Promise<number> {
  if ((spec.consumes ?? []).length === 0) {
    throw new MetricUnavailable(`${service} consumes no event and has no queue: take the trigger queue out`);
  }
  const broker = resolveBroker(spec.broker, context.cache.list(messageBrokers, namespace).filter(isStaying));
  if (typeof broker === 'string') throw new MetricUnavailable(broker);
  return metrics.queueDepth({ namespace, service, broker: broker.metadata.name }, context);
}

function cpuRequest({ spec }: Pod): number {
  const requests = (spec?.containers ?? []).map(({ resources }) => resources?.requests?.['cpu'] ?? '0');
  return requests.reduce((cores, request) => cores + quantityValue(request), 0);
}
