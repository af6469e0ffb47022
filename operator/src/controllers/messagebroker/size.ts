import type { MessageBroker } from '../../api/messagebroker.ts';
import { podIndex } from '../../k8s/pods.ts';
import type { Observed } from './observed.ts';

/** How many nodes a broker has, and how many it is set up for. */
export interface Size {
  replicas: number;
  /** Nodes that the configuration names: it is changed, which restarts the pods, once nobody is leaving any more. */
  configured: number;
}

/** Of the two sizes that there are. */
const CLUSTER = 3;

/** The size of the cluster now: it grows at once, and shrinks by the node that may leave (`status.shrinkingTo`). */
export function sizeOf(
  { spec, status }: MessageBroker,
  { presentNodes: present, pods }: Pick<Observed, 'presentNodes' | 'pods'>,
): Size {
  const released = Math.max(status?.shrinkingTo ?? present, present - 1);
  const replicas = Math.max(spec.nodes, Math.min(present, released));
  const isLeaving = replicas > spec.nodes || pods.some((pod) => podIndex(pod) >= spec.nodes);
  return { replicas, configured: isLeaving ? CLUSTER : spec.nodes };
}
