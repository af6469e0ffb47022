import { LABEL } from '../../api/group.ts';
import type { EncryptedStore } from '../../api/encryptedstore.ts';
import type { ReplicaSetView } from '../../engines/mongodb/replica-set.ts';
import { isReady, isStarted, type EnginePod } from '../../k8s/pods.ts';
import { nextRestart, type Restartable } from '../../k8s/restarts.ts';
import { restartDue, type RestartContext } from '../engine-restarts.ts';
import type { Observed } from './observed.ts';

/** Deletes the next pod of a replica set that was made from another template. Resolves to whether one was deleted. */
export async function restartNext(
  { metadata: { name, namespace = '' }, spec }: EncryptedStore,
  { workload, pods }: Pick<Observed, 'workload' | 'pods'>,
  asked: Pick<Restartable, 'primary' | 'isSpare'>,
  context: RestartContext,
): Promise<boolean> {
  if (spec.engine !== 'mongodb') return false;
  const due = (seen: Pick<Restartable, 'set' | 'pods'>): EnginePod[] => {
    const next = nextRestart({ ...seen, ...asked });
    return next === undefined ? [] : [next];
  };
  return restartDue({ namespace, name, label: LABEL.store }, { set: workload, pods }, due, context);
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
