import type { MessageBroker } from '../../api/messagebroker.ts';
import { DISTRIBUTION } from '../../engines/rabbitmq/workload.ts';
import { isReady, podIndex, type EnginePod } from '../../k8s/pods.ts';
import { hashAnnotation } from '../../k8s/stateful-set.ts';
import type { Observed } from './observed.ts';

/** How many nodes a broker has, and how many it is set up for. */
export interface Size {
  replicas: number;
  /** Nodes that the configuration names: it is changed, which restarts the pods, once nobody is leaving any more. */
  configured: number;
}

/** Of the two sizes that there are. */
const CLUSTER = 3;

/**
 * The size of the cluster now. It shrinks by the node that may leave (`status.shrinkingTo`), and grows once every node that there is could
 * be joined: new ones that find none of them would be a cluster of their own, without the messages.
 */
export function sizeOf(
  { spec, status }: MessageBroker,
  { presentNodes: present, pods }: Pick<Observed, 'presentNodes' | 'pods'>,
): Size {
  const joinable = pods.filter((pod) => podIndex(pod) < present && isJoinable(pod)).length;
  if (spec.nodes > present && joinable < present)
    return { replicas: present, configured: present === 1 ? 1 : CLUSTER };
  const released = Math.max(status?.shrinkingTo ?? present, present - 1);
  const replicas = Math.max(spec.nodes, Math.min(present, released));
  const isLeaving = replicas > spec.nodes || pods.some((pod) => podIndex(pod) >= spec.nodes);
  return { replicas, configured: isLeaving ? CLUSTER : spec.nodes };
}

/** Whether new nodes can talk to the node of the pod. */
function isJoinable(pod: EnginePod): boolean {
  return isReady(pod) && pod.metadata.annotations?.[hashAnnotation(DISTRIBUTION)] !== undefined;
}
