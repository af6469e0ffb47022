import { LABEL } from '../../../api/group.ts';
import type { Deployment, Pod } from '../../../k8s/types.ts';
import { isStaying } from '../../../runtime/cache/staying.ts';
import type { Windows } from './burn.ts';
import type { History } from './history.ts';

/** What runs of a service, seen at one moment. */
export interface Running {
  deployment: Deployment | undefined;
  pods: readonly Pod[];
  /** The revisions on record, and the Deployment's. */
  history: History;
  /** Traffic of a revision in its bake time, and of the former one before; `undefined` at rest, or when nobody knows. */
  traffic: Windows | undefined;
  /** Since when every store and broker that the pods need is up; `undefined` when one is not (milliseconds since the epoch). */
  providersSince: number | undefined;
  /** The same of all that they need: also of called services, and of what those need in turn. */
  needsSince: number | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

/** Whether the Deployment's controller has seen the newest spec and no pod of an earlier one is left. */
export function runsOneVersion({ deployment }: Pick<Running, 'deployment'>, wanted: number): boolean {
  const { updatedReplicas = 0, replicas = 0 } = deployment?.status ?? {};
  return (
    deployment !== undefined &&
    isSeen(deployment) &&
    updatedReplicas >= Math.min(wanted, 1) &&
    replicas <= updatedReplicas
  );
}

/** Whether a pod answers. */
export function isAnswering({ deployment }: Pick<Running, 'deployment'>): boolean {
  return (deployment?.status?.availableReplicas ?? 0) > 0;
}

/** What the API server said when it last refused to make a pod of the Deployment; `undefined` when it does not refuse. */
export function refusalOf(deployment: Deployment | undefined): string | undefined {
  const refused = deployment?.status?.conditions?.find(({ type }) => type === 'ReplicaFailure');
  return refused?.status === 'True' ? (refused.message ?? '') : undefined;
}

/** Whether the rollout of the newest spec made no progress within the deadline. */
export function deadlineExceeded(deployment: Deployment): boolean {
  return progressOf(deployment) === 'ProgressDeadlineExceeded';
}

/** Why the rollout of the newest spec is where it is, in the words of the Deployment's controller. */
export function progressOf(deployment: Deployment): string | undefined {
  const progressing = deployment.status?.conditions?.find(({ type }) => type === 'Progressing');
  return isSeen(deployment) ? progressing?.reason : undefined;
}

/** Pods of a revision that are to stay. */
export function podsOf(pods: readonly Pod[], revision: string): Pod[] {
  return pods.filter(isStaying).filter(({ metadata }) => metadata.labels?.[LABEL.revision] === revision);
}

function isSeen({ metadata, status }: Deployment): boolean {
  return (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}
