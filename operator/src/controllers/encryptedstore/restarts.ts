import { LABEL } from '../../api/group.ts';
import type { EncryptedStore } from '../../api/encryptedstore.ts';
import type { ReplicaSetView } from '../../engines/mongodb/replica-set.ts';
import { enginePods, isReady, isStarted, type EnginePod } from '../../k8s/pods.ts';
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
  asked: Pick<Restartable, 'primary' | 'isSpare'>,
  context: RestartContext,
): Promise<boolean> {
  if (store.spec.engine !== 'mongodb' || nextRestart({ set: workload, pods, ...asked }) === undefined)
    return false;
  const { name, namespace = '' } = store.metadata;
  const live = await context.live.list(enginePods, namespace);
  const next = nextRestart({
    set: await context.live.get(statefulSets, { namespace, name }),
    pods: live.filter(({ metadata }) => metadata.labels?.[LABEL.store] === name),
    ...asked,
  });
  if (next === undefined) return false;
  await deletePod(next, 'its template has changed', context);
  return true;
}

/** As {@link isSpareIn}, while nobody can be asked: the pods tell. @param members how many there are to be */
export function isSparePod(pod: EnginePod, pods: readonly EnginePod[], members: number): boolean {
  const ready = pods.filter(isReady);
  if (members < 3 || ready.length === 0 || !isStarted(pod)) return true;
  const others = ready.filter(({ metadata }) => metadata.name !== pod.metadata.name);
  return others.length > members / 2;
}

/**
 * Whether the set keeps its primary without the member. Pure. One that is neither primary nor secondary votes, too, and so holds the
 * majority, unless nobody reaches it. A set of less than three has no member to spare, and is restarted all the same.
 */
export function isSpareIn({ config, healthy, sick, majority }: ReplicaSetView, pod: EnginePod): boolean {
  const own = config.members.find(({ host }) => host.split('.')[0] === pod.metadata.name)?.host;
  if (config.members.length < 3 || own === undefined) return true;
  const isDown = !isReady(pod) && sick.some(({ host, state }) => host === own && DOWN.has(state));
  return isDown || healthy.filter((host) => host !== own).length >= majority;
}

/** As `replSetGetStatus` calls a member that does not answer: it holds no majority. */
const DOWN: ReadonlySet<string> = new Set(['(not reachable/healthy)', 'DOWN', 'UNKNOWN']);

/** Its workload makes it anew. */
export async function deletePod(
  pod: EnginePod,
  reason: string,
  { remove, log }: Pick<RestartContext, 'remove' | 'log'>,
): Promise<void> {
  log.info('restarts a member', { pod: pod.metadata.name, reason });
  await remove(enginePods, keyOf(pod), { uid: pod.metadata.uid });
}
