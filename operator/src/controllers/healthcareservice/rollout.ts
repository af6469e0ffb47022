import { isOfRevision } from './deployment.ts';
import type { Child, Deployment, Pod } from './kubernetes.ts';
import type { Observed } from './observed.ts';

/** How far the Deployment that was seen is from what is wanted now. */
export interface Rollout {
  deployment: Deployment | undefined;
  pods: readonly Pod[];
  /** Replicas that are wanted. */
  wanted: number;
  /** Whether every pod runs the wanted template; a Deployment of an earlier template is never complete. */
  isComplete: boolean;
}

/** Holds the wanted Deployment against the one that was seen. */
export function rolloutOf({ deployment, pods }: Observed, target: Child, wanted: number): Rollout {
  const isComplete =
    deployment !== undefined && isOfRevision(deployment, target) && runsOneVersion(deployment, wanted);
  return { deployment, pods, wanted, isComplete };
}

/** Whether the Deployment's controller has seen the newest spec and no pod of an earlier one is left. */
function runsOneVersion({ metadata, status }: Deployment, wanted: number): boolean {
  const isSeen = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const updated = status?.updatedReplicas ?? 0;
  return isSeen && updated >= Math.min(wanted, 1) && (status?.replicas ?? 0) <= updated;
}
