import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { Child } from '../../../k8s/types.ts';
import { deployment } from '../workload/deployment.ts';
import type { History } from './history.ts';
import { controllerRevision } from './revision.ts';
import type { Rollout } from './rollout.ts';

/** Revisions kept of each service, the newest ones; those that may be needed again do not count as old. */
const KEPT = 10;

/** The history, then the Deployment: a revision is on record before it is left. */
export function rolloutObjects(
  service: HealthcareService,
  { history, isBegun, others, serving }: Rollout,
  kept: History,
  { replicas, leavesReplicas }: { replicas: number; leavesReplicas: boolean },
): Child[] {
  const { name } = service.metadata;
  // The spec's revision is the newest: it is kept in any case.
  const needed = new Set(others.map(({ hash }) => hash));
  // What is on record stays so while nothing may be rolled out, as when somebody deleted the Deployment meanwhile.
  if (!isBegun) return historyObjects(name, kept, needed);
  return [
    ...historyObjects(name, history, needed),
    deployment(service, serving.template, leavesReplicas ? undefined : replicas),
  ];
}

/** The objects of the history: the newest revisions, and in any case those that are `needed`. */
export function historyObjects(service: string, history: History, needed: ReadonlySet<string>): Child[] {
  const inOrder = [...history.values()].sort(
    (a, b) =>
      Number(needed.has(b.revision.hash)) - Number(needed.has(a.revision.hash)) || b.number - a.number,
  );
  return inOrder
    .slice(0, Math.max(KEPT, needed.size))
    .sort((a, b) => a.number - b.number)
    .map(({ revision, number }) => controllerRevision(service, revision, Math.max(1, number)));
}
