import type { Context } from '../../runtime/controller.ts';

/** Where the scaling loop's figures come from. */
export interface MetricSource {
  /** CPU use of the service's pods in cores, by pod name. @throws MetricUnavailable */
  podCpu(target: Target, context: Context): Promise<ReadonlyMap<string, number>>;
  /** Messages in the service's queue, waiting and unacknowledged. @throws MetricUnavailable */
  queueDepth(target: Target & { broker: string }, context: Context): Promise<number>;
}

export interface Target {
  namespace: string;
  service: string;
}

/** A figure could not be read. The message is shown in a condition: it must be the same as long as the fault is. */
export class MetricUnavailable extends Error {
  override readonly name = 'MetricUnavailable';
}
