import { enginePods, type EnginePod } from '../k8s/pods.ts';
import { statefulSets, type StatefulSet } from '../k8s/types.ts';
import type { Context } from '../runtime/controller.ts';
import { keyOf } from '../runtime/keys.ts';

/** What restarts pods of stores and brokers. */
export type RestartContext = Pick<Context, 'live' | 'remove' | 'log'>;

/** A StatefulSet and the pods that its object has. */
export interface EnginePods {
  set: StatefulSet | undefined;
  pods: readonly EnginePod[];
}

/** Whose pods they are: of the object of this name, which their label has. */
export interface PodsOf {
  namespace: string;
  name: string;
  label: string;
}

/**
 * Deletes the pods whose turn it is, so that they are made from the present template. The caches only tell whether to look: pods and their
 * set come from two of them, and a pod that was just deleted may still be there. Resolves to whether one was deleted.
 * @param due says whose turn it is
 */
export async function restartDue(
  { namespace, name, label }: PodsOf,
  cached: EnginePods,
  due: (seen: EnginePods) => readonly EnginePod[],
  context: RestartContext,
): Promise<boolean> {
  if (due(cached).length === 0) return false;
  const pods = await context.live.list(enginePods, namespace);
  const now = due({
    set: await context.live.get(statefulSets, { namespace, name }),
    pods: pods.filter(({ metadata }) => metadata.labels?.[label] === name),
  });
  for (const pod of now) await deletePod(pod, 'its template has changed', context);
  return now.length > 0;
}

/** Its workload makes it anew. */
export async function deletePod(
  pod: EnginePod,
  reason: string,
  { remove, log }: Pick<RestartContext, 'remove' | 'log'>,
): Promise<void> {
  log.info('restarts a pod', { pod: pod.metadata.name, reason });
  await remove(enginePods, keyOf(pod), { uid: pod.metadata.uid });
}
