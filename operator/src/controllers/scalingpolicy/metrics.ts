import type { Context } from '../../runtime/controller.ts';
import { MetricUnavailable, type MetricSource } from './metric-source.ts';
import { podCpu } from './pod-metrics.ts';

/** Messages ready and unacknowledged in a queue of a MessageBroker; throws when the broker does not answer. */
export type QueueDepth = (
  target: { namespace: string; broker: string; queue: string },
  context: Context,
) => Promise<number>;

/** CPU from the metrics API, backlog from the brokers. */
export function clusterMetrics(queueDepth: QueueDepth): MetricSource {
  return {
    podCpu,
    queueDepth: async ({ namespace, service, broker }, context) => {
      try {
        return await queueDepth({ namespace, broker, queue: service }, context);
      } catch (error) {
        const message = `the depth of the queue ${service} cannot be read from MessageBroker ${broker}: see its conditions`;
        throw new MetricUnavailable(message, { cause: error });
      }
    },
  };
}
