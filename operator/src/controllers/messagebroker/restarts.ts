import { LABEL } from '../../api/group.ts';
import type { MessageBroker } from '../../api/messagebroker.ts';
import { DISTRIBUTION } from '../../engines/rabbitmq/workload.ts';
import { enginePods, type EnginePod } from '../../k8s/pods.ts';
import { nextRestart } from '../../k8s/restarts.ts';
import { hashAnnotation } from '../../k8s/stateful-set.ts';
import { statefulSets, type StatefulSet } from '../../k8s/types.ts';
import { isStaying } from '../../runtime/cache/staying.ts';
import type { Context } from '../../runtime/controller.ts';
import { keyOf } from '../../runtime/keys.ts';
import type { Observed } from './observed.ts';

export type RestartContext = Pick<Context, 'live' | 'remove' | 'log'>;

/** What decides about restarts. */
export interface Restarts {
  set: StatefulSet | undefined;
  pods: readonly EnginePod[];
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

/**
 * Deletes the pods whose turn it is. The caches only tell whether to look: pods and their set come from two of them, and a pod that was just
 * deleted may still be there. Resolves to whether one was deleted.
 */
export async function restartDue(
  { metadata: { name, namespace = '' } }: Pick<MessageBroker, 'metadata'>,
  { workload, pods }: Pick<Observed, 'workload' | 'pods'>,
  spare: Restarts['spare'],
  { live, remove, log }: RestartContext,
): Promise<boolean> {
  if (dueRestarts({ set: workload, pods, spare }).length === 0) return false;
  const all = await live.list(enginePods, namespace);
  const due = dueRestarts({
    set: await live.get(statefulSets, { namespace, name }),
    pods: all.filter(({ metadata }) => metadata.labels?.[LABEL.broker] === name),
    spare,
  });
  for (const pod of due) {
    log.info('restarts a node', { pod: pod.metadata.name, reason: 'its template has changed' });
    await remove(enginePods, keyOf(pod));
  }
  return due.length > 0;
}
