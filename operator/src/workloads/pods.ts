import { pods, type Pod } from '../controllers/healthcareservice/kubernetes.ts';
import type { ResourceType } from '../runtime/kube.ts';

/** A pod whose init containers' last words are read. */
export interface EnginePod extends Pod {
  status?: NonNullable<Pod['status']> & {
    conditions?: { type: string; status: string; lastTransitionTime?: string }[];
    initContainerStatuses?: { name: string; state?: { terminated?: { message?: string } } }[];
  };
}

export const enginePods: ResourceType<EnginePod> = { ...pods };

/** Whether the pod takes part: ready, and not on its way out. */
export function isReady({ metadata, status }: Pod): boolean {
  const ready = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True');
  return metadata.deletionTimestamp === undefined && ready === true;
}

/** Index of a pod in its StatefulSet, from its name. */
export function podIndex({ metadata }: Pod): number {
  return Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? Number.NaN);
}
