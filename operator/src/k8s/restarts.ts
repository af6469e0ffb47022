import { isReady, podIndex, type EnginePod } from './pods.ts';
import { isStaying } from '../runtime/cache/staying.ts';
import type { StatefulSet } from './types.ts';

/** Of a pod: which revision of its StatefulSet it was made from. */
const REVISION_LABEL = 'controller-revision-hash';

/** The pods of a StatefulSet that are to be made anew, and what is known of them. */
export interface Restartable {
  set: StatefulSet | undefined;
  pods: readonly EnginePod[];
  /** Name of the pod that goes last. `Unknown`: nobody can be asked. `None`: an election is under way. */
  primary: { pod: string } | 'Unknown' | 'None';
  /** Whether the others can do without the pod; absent: they always can. */
  isSpare?: (pod: EnginePod, pods: readonly EnginePod[]) => boolean;
}

/**
 * The pod to delete now, so that it is made from the present template; `undefined` when it is nobody's turn. Pure. Pods that are not ready
 * go at once; of the others one at a time, when all are ready. The primary goes last, ready or not: a busy one may miss its probes.
 */
export function nextRestart({ set, pods, primary, isSpare }: Restartable): EnginePod | undefined {
  const last = typeof primary === 'string' ? undefined : primary.pod;
  const isUp = (pod: EnginePod): boolean => isReady(pod) || (isStaying(pod) && pod.metadata.name === last);
  const outdated = outdatedPods(set, pods).filter((pod) => isSpare?.(pod, pods) ?? true);
  const sick = outdated.find((pod) => !isUp(pod));
  const isWhole = pods.length >= (set?.spec?.replicas ?? 0) && pods.every(isUp);
  if (sick !== undefined || !isWhole || primary === 'None') return sick;
  const inOrder = outdated.sort((a, b) => podIndex(b) - podIndex(a));
  return inOrder.find(({ metadata }) => metadata.name !== last) ?? inOrder[0];
}

/**
 * Whether the operator restarts the pods. A set that was made with rolling updates keeps them: server-side apply cannot take the fields of
 * that strategy out, and the API server refuses the other one beside them.
 */
export function isRestartedByUs(set: StatefulSet | undefined): boolean {
  return set === undefined || set.spec?.updateStrategy?.type === 'OnDelete';
}

/** Pods that were made from another template than the present one. */
export function outdatedPods(set: StatefulSet | undefined, pods: readonly EnginePod[]): EnginePod[] {
  if (!isRestartedByUs(set) || set?.status?.updateRevision === undefined || !isSeen(set)) return [];
  return pods.filter((pod) => isStaying(pod) && !isPresent(set, pod));
}

/** Whether every pod that there is was made from the present template. */
export function areOfOneTemplate(set: StatefulSet | undefined, pods: readonly EnginePod[]): boolean {
  return isSeen(set) && pods.every((pod) => isPresent(set, pod));
}

/** Whether every pod that there is to be was made from the present template. */
export function isOfOneTemplate(set: StatefulSet | undefined, pods: readonly EnginePod[]): boolean {
  return set !== undefined && pods.length >= (set.spec?.replicas ?? 0) && areOfOneTemplate(set, pods);
}

/** Whether the set's status is of its present template. */
function isSeen(set: StatefulSet | undefined): boolean {
  return (set?.status?.observedGeneration ?? 0) >= (set?.metadata.generation ?? 0);
}

function isPresent(set: StatefulSet | undefined, pod: EnginePod): boolean {
  return pod.metadata.labels?.[REVISION_LABEL] === set?.status?.updateRevision;
}

/** The image of a container in the set's template. */
export function imageOf(set: StatefulSet | undefined, container: string): string | undefined {
  return set?.spec?.template?.spec?.containers?.find(({ name }) => name === container)?.image;
}
