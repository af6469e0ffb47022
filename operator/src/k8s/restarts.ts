import { isReady, podIndex, type EnginePod } from './pods.ts';
import { isStaying } from '../runtime/cache/staying.ts';
import type { StatefulSet } from './types.ts';

/** Of a pod: which revision of its StatefulSet it was made from. */
export const REVISION_LABEL = 'controller-revision-hash';

/** The pods of a StatefulSet that are to be made anew, and what is known of them. */
export interface Restartable {
  set: StatefulSet | undefined;
  pods: readonly EnginePod[];
  /** Name of the pod that goes last. `Unknown`: nobody can be asked. `None`: an election is under way. */
  primary: { pod: string } | 'Unknown' | 'None';
}

/**
 * The pod to delete now, so that it is made from the present template; `undefined` when it is nobody's turn. Pure. Pods that are not ready
 * go at once, since nothing is lost; of the others one at a time, when all are ready, and the primary last.
 */
export function nextRestart({ set, pods, primary }: Restartable): EnginePod | undefined {
  const outdated = outdatedPods(set, pods);
  const sick = outdated.find((pod) => !isReady(pod));
  if (sick !== undefined) return sick;
  if (pods.length < (set?.spec?.replicas ?? 0) || !pods.every(isReady) || primary === 'None')
    return undefined;
  const last = typeof primary === 'string' ? undefined : primary.pod;
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
  const { updateRevision, observedGeneration = 0 } = set?.status ?? {};
  if (
    !isRestartedByUs(set) ||
    updateRevision === undefined ||
    observedGeneration < (set?.metadata.generation ?? 0)
  )
    return [];
  return pods.filter((pod) => isStaying(pod) && pod.metadata.labels?.[REVISION_LABEL] !== updateRevision);
}

/** Whether every pod that there is to be was made from the present template. */
export function isOfOneTemplate(set: StatefulSet | undefined, pods: readonly EnginePod[]): boolean {
  const { observedGeneration = 0, updateRevision } = set?.status ?? {};
  const isSeen = set !== undefined && observedGeneration >= (set.metadata.generation ?? 0);
  const isPresent = (pod: EnginePod): boolean => pod.metadata.labels?.[REVISION_LABEL] === updateRevision;
  return isSeen && pods.length >= (set.spec?.replicas ?? 0) && pods.every(isPresent);
}
