import type { ScalingPolicySpec } from '../../api/scalingpolicy.ts';
import { byCpu, byQueue, type PodCpu } from './recommendation.ts';

/** What was measured; a trigger that is not declared is absent, one that could not be read says why. */
export interface Samples {
  cpu?: readonly PodCpu[] | Unavailable;
  /** Messages waiting and in work. */
  queue?: number | Unavailable;
}

export interface Unavailable {
  unavailable: string;
}

/** What the triggers ask for together. */
export interface Demand {
  /** The largest demand of all triggers that could be read; `undefined` when there is none. */
  replicas: number | undefined;
  /** Why triggers could not be read; while there are any, nothing is scaled down. */
  unavailable: string[];
}

/** The larger demand wins; an empty queue lets an idle service go to zero whatever the CPU of its last pod. Pure. */
export function demandOf(spec: ScalingPolicySpec, samples: Samples, current: number): Demand {
  const queue = queueDemand(spec, samples, current);
  const cpu = cpuDemand(spec, samples, current);
  const isIdle = spec.min === 0 && queue === 0 && cpu === 1;
  const known = [queue, isIdle ? 0 : cpu].filter((demand) => typeof demand === 'number');
  return {
    replicas: known.length === 0 ? undefined : Math.max(...known),
    unavailable: [queue, cpu].flatMap((demand) => (typeof demand === 'object' ? [demand.unavailable] : [])),
  };
}

function queueDemand(
  { queue }: ScalingPolicySpec,
  samples: Samples,
  current: number,
): number | Unavailable | undefined {
  if (queue === undefined || samples.queue === undefined) return undefined;
  if (typeof samples.queue !== 'number') return samples.queue;
  return byQueue(samples.queue, queue.messagesPerReplica, current);
}

/** Without a pod there is no CPU to measure: that is no fault, it asks for nothing. */
function cpuDemand(
  { cpu }: ScalingPolicySpec,
  samples: Samples,
  current: number,
): number | Unavailable | undefined {
  if (cpu === undefined || samples.cpu === undefined || current === 0) return undefined;
  if ('unavailable' in samples.cpu) return samples.cpu;
  return byCpu(samples.cpu, cpu.utilization) ?? { unavailable: 'no pod of the service has CPU metrics yet' };
}
