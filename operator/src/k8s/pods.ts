import { pods, type Pod } from './types.ts';
import { isStaying } from '../runtime/cache/staying.ts';
import type { ResourceType } from '../runtime/kube.ts';

/** A pod whose init containers' last termination messages are read. */
export interface EnginePod extends Pod {
  status?: NonNullable<Pod['status']> & {
    conditions?: { type: string; status: string; lastTransitionTime?: string }[];
    initContainerStatuses?: { name: string; state?: { terminated?: { message?: string } } }[];
  };
}

export const enginePods: ResourceType<EnginePod> = { ...pods };

/** Whether the pod takes part: ready, and not on its way out. */
export function isReady(pod: Pod): boolean {
  const conditions = pod.status?.conditions ?? [];
  return isStaying(pod) && conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** Whether the engine in the pod takes connections: it has passed its startup probe, and may not be ready for clients yet. */
export function isStarted(pod: Pod): boolean {
  const statuses = pod.status?.containerStatuses ?? [];
  return isReady(pod) || (isStaying(pod) && statuses.some(({ started }) => started === true));
}

/** Pods whose engines can be asked, those that are ready first: another may hang. */
export function startedPods<P extends Pod>(pods: readonly P[]): P[] {
  const started = pods.filter(isStarted);
  return [...started.filter(isReady), ...started.filter((pod) => !isReady(pod))];
}

/** Since when a pod is ready (milliseconds since the epoch); `undefined` when it is not. */
export function readySince({ status }: Pod): number | undefined {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status !== 'True' || ready.lastTransitionTime === undefined) return undefined;
  return Date.parse(ready.lastTransitionTime);
}

/** Phases that are final: the pod was evicted, refused by its node, or ended; its workload has made another in its place. */
const ENDED = new Set(['Failed', 'Succeeded']);

/** Whether the pod may answer, now or later: one that has ended stays in the API server for a while, and says nothing about its service. */
export function isLiving(pod: Pick<Pod, 'metadata' | 'status'>): boolean {
  return isStaying(pod) && !hasEnded(pod);
}

/** Whether nothing of the pod runs any more; one that is deleted may drain. */
export function hasEnded({ status }: Pick<Pod, 'status'>): boolean {
  return ENDED.has(status?.phase ?? '');
}

/** Index of a pod in its StatefulSet, from its name; of its claim, too. */
export function podIndex({ metadata }: Pick<Pod, 'metadata'>): number {
  return Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? Number.NaN);
}
