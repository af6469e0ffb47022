import { LABEL } from '../../api/group.ts';
import type { EncryptedStore } from '../../api/encryptedstore.ts';
import { enginePods, type EnginePod } from '../../k8s/pods.ts';
import { nextRestart, type Restartable } from '../../k8s/restarts.ts';
import { statefulSets } from '../../k8s/types.ts';
import type { Context } from '../../runtime/controller.ts';
import { keyOf } from '../../runtime/keys.ts';
import type { Observed } from './observed.ts';

export type RestartContext = Pick<Context, 'live' | 'remove' | 'log'>;

/**
 * Deletes the next pod of a replica set that was made from another template, so that it is made anew. The caches only tell whether to look:
 * pods and their set come from two of them, and a pod that was just deleted may still be there. Resolves to whether one was deleted.
 */
export async function restartNext(
  store: EncryptedStore,
  { workload, pods }: Pick<Observed, 'workload' | 'pods'>,
  primary: Restartable['primary'],
  context: RestartContext,
): Promise<boolean> {
  if (store.spec.engine !== 'mongodb' || nextRestart({ set: workload, pods, primary }) === undefined)
    return false;
  const { name, namespace = '' } = store.metadata;
  const live = await context.live.list(enginePods, namespace);
  const next = nextRestart({
    set: await context.live.get(statefulSets, { namespace, name }),
    pods: live.filter(({ metadata }) => metadata.labels?.[LABEL.store] === name),
    primary,
  });
  if (next === undefined) return false;
  await deletePod(next, 'its template has changed', context);
  return true;
}

/** Its workload makes it anew. */
export async function deletePod(
  pod: EnginePod,
  reason: string,
  { remove, log }: Pick<RestartContext, 'remove' | 'log'>,
): Promise<void> {
  log.info('restarts a member', { pod: pod.metadata.name, reason });
  await remove(enginePods, keyOf(pod));
}
