import { LABEL } from '../../api/group.ts';
import type { MessageBroker } from '../../api/messagebroker.ts';
import { DISTRIBUTION } from '../../engines/rabbitmq/workload.ts';
import type { EnginePod } from '../../k8s/pods.ts';
import { nextRestart } from '../../k8s/restarts.ts';
import { hashAnnotation } from '../../k8s/stateful-set.ts';
import type { StatefulSet } from '../../k8s/types.ts';
import { isStaying } from '../../runtime/cache/staying.ts';
import { restartDue, type EnginePods, type RestartContext } from '../engine-restarts.ts';
import type { Observed } from './observed.ts';

/** What decides about restarts. */
export interface Restarts extends EnginePods {
  /** Whether the broker can do without one more node: `Unknown` when it cannot be asked, as one whose password has changed. */
  spare: 'Yes' | 'No' | 'Unknown';
}

/**
 * The pods to delete now, so that they are made from the present template. Pure. One at a time, while every pod is ready and every queue has
 * all its members; those whose nodes talk plainly together with each other, since they cannot talk to the new ones.
 */
export function dueRestarts({ set, pods, spare }: Restarts): EnginePod[] {
  const plain = plainPods(set, pods);
  if (plain.length > 0) return plain;
  const next = nextRestart({ set, pods, primary: spare === 'No' ? 'None' : 'Unknown' });
  return next === undefined ? [] : [next];
}

/** Pods of a cluster from before its nodes talked over TLS. */
function plainPods(set: StatefulSet | undefined, pods: readonly EnginePod[]): EnginePod[] {
  const { replicas = 0, template } = set?.spec ?? {};
  const talks = hashAnnotation(DISTRIBUTION);
  if (replicas === 1 || template?.metadata?.annotations?.[talks] === undefined) return [];
  return pods.filter((pod) => isStaying(pod) && pod.metadata.annotations?.[talks] === undefined);
}

/** Deletes the pods whose turn it is. Resolves to whether one was deleted. */
export async function restartNodes(
  { metadata: { name, namespace = '' } }: Pick<MessageBroker, 'metadata'>,
  { workload, pods }: Pick<Observed, 'workload' | 'pods'>,
  spare: Restarts['spare'],
  context: RestartContext,
): Promise<boolean> {
  const due = (seen: EnginePods): EnginePod[] => dueRestarts({ ...seen, spare });
  return restartDue({ namespace, name, label: LABEL.broker }, { set: workload, pods }, due, context);
}
