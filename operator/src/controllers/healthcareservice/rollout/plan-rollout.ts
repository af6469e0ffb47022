import { milliseconds } from '../../../api/duration.ts';
import { GROUP } from '../../../api/group.ts';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import { isPaused } from '../../../runtime/safety/pause.ts';
import { decideRevision, lastReady } from './decide-revision.ts';
import type { RevisionDecision, RevisionRecord } from './decide-revision.ts';
import { currentRevision, deployment as deploymentOf } from '../workload/deployment.ts';
import type { Edges } from '../network/edges.ts';
import type { Child } from '../../../k8s/types.ts';
import type { Observed } from '../observed.ts';
import type { PodTemplate } from '../../../k8s/types.ts';
import { providersSince } from '../bindings/providers.ts';
import { evidenceAgainst, ownPods, reservesMore } from './revision-evidence.ts';
import type { Evidence } from './revision-evidence.ts';
import { historyObjects, historyOf, withTarget } from './revision-history.ts';
import type { History } from './revision-history.ts';
import { revisionOf } from './revision.ts';
import type { Revision } from './revision.ts';
import { recordOf } from './revision-record.ts';
import { runsOneVersion } from './rollout.ts';
import type { Rollout } from './rollout.ts';
import { burnFault, crashFault, isWatched, JUDGED_EVERY_MS, readyAt } from './young-revision.ts';

/** Annotation that pins a revision by its hash. */
export const ROLLBACK_TO = `${GROUP}/rollback-to`;

/** Annotation that, when it is changed, has a failed revision tried again. */
export const RETRY = `${GROUP}/retry`;

/** What is wanted of the pods. */
export interface RolloutWish {
  /** The pods that the spec asks for. */
  content: PodTemplate;
  replicas: number;
  /** Whether everything that new pods mount is there. */
  isBound: boolean;
  /** Whether the first pods may be started; without it nothing is rolled out. */
  mayBegin: boolean;
}

export interface RolloutPlan {
  /** The history, then the Deployment: a revision is kept before it is left. Never let go are the spec's, what runs, what is to run, and the last one that was Ready. */
  children: Child[];
  rollout: Rollout;
  requeueAfterMs: number | undefined;
}

/** Decides which revision the Deployment gets, and says how far it is. Pure. */
export function planRollout(
  service: HealthcareService,
  edges: Edges,
  observed: Observed,
  wish: RolloutWish,
): RolloutPlan {
  const target = revisionOf(wish.content);
  const history = withTarget(historyOf(observed.revisions, observed.deployment), target);
  const record = recordOf(service.status ?? {});
  const sight = { service, edges, observed, wish, history, record, target: target.hash };
  const evidence = evidenceOf(sight);
  const decision = decide(sight, evidence);
  const serving = history.get(decision.serve)?.revision ?? target;
  const former = lastReady(decision.record, { target: target.hash, known: history });
  const current = currentRevision(observed.deployment);
  const needed = [target.hash, decision.serve, current, former].filter((hash) => hash !== undefined);
  return {
    children: wish.mayBegin
      ? [
          ...historyObjects(service.metadata.name, history, new Set(needed)),
          deploymentOf(service, serving.template, wish.replicas),
        ]
      : keptObjects(service.metadata.name, observed, new Set(needed)),
    rollout: {
      deployment: observed.deployment,
      pods: observed.pods,
      isBegun: wish.mayBegin,
      isPaused: isPaused(service),
      wanted: wish.replicas,
      isComplete: isRolledOut(decision, observed, wish.replicas),
      target: target.hash,
      serving,
      decision,
      former: former === undefined ? undefined : history.get(former)?.revision,
      history,
      others: othersOf(history, needed, target.hash),
      fault: decision.state === 'Faulty' ? evidence.fault : undefined,
      unknownPin: unknownPin(sight),
    },
    requeueAfterMs: decision.again ? 1 : evidence.againMs,
  };
}

/** What is on record stays so while nothing may be rolled out, as when somebody deleted the Deployment meanwhile. */
function keptObjects(service: string, { revisions }: Observed, needed: ReadonlySet<string>): Child[] {
  return historyObjects(service, historyOf(revisions, undefined), needed);
}

function othersOf(history: History, needed: readonly string[], target: string): Revision[] {
  const others = [...new Set(needed)].filter((hash) => hash !== target);
  return others.map((hash) => history.get(hash)?.revision).filter((revision) => revision !== undefined);
}

interface Sight {
  service: HealthcareService;
  edges: Edges;
  observed: Observed;
  wish: RolloutWish;
  history: History;
  record: RevisionRecord;
  target: string;
}

function decide(sight: Sight, { fault }: Evidence): RevisionDecision {
  const { service, observed, wish, history, record, target } = sight;
  const { annotations = {} } = service.metadata;
  return decideRevision(record, {
    target,
    current: currentRevision(observed.deployment),
    known: history,
    pin: annotations[ROLLBACK_TO],
    // It is kept in the status; nobody needs more to tell two values apart.
    retry: (annotations[RETRY] ?? '').slice(0, 256),
    automatic: service.spec.rollout.automaticRollback,
    isHeld: !wish.isBound,
    isComplete: isComplete(observed, wish.replicas) && isAnswering(observed),
    fault,
    now: observed.now,
  });
}

/** What speaks against the spec's revision, once the Deployment has it. */
function evidenceOf(sight: Sight): Evidence {
  const { observed, record, target, wish } = sight;
  if (currentRevision(observed.deployment) !== target || wish.replicas === 0) return {};
  return record.ready.some(({ revision }) => revision === target) ? watched(sight) : started(sight);
}

function watched({ service, edges, observed, record, target }: Sight): Evidence {
  if (!isWatched(record, target, observed.now)) return {};
  const pods = ownPods({ pods: observed.pods, revision: target });
  const crash = crashFault(pods, readyAt(record, target), providersSince(edges));
  if (crash !== undefined) return { fault: crash };
  if (service.spec.slo === undefined) return {};
  const fault = burnFault(service.spec.slo, observed.traffic, pods, observed.now);
  return { ...(fault === undefined ? {} : { fault }), againMs: JUDGED_EVERY_MS };
}

function started({ service, edges, observed, wish, history, record, target }: Sight): Evidence {
  const { deployment, pods, now } = observed;
  if (deployment === undefined || record.begun?.revision !== target) return {};
  const former = lastReady(record, { target, known: history });
  const before = former === undefined ? undefined : history.get(former)?.revision.template;
  return evidenceAgainst({
    revision: target,
    beganAt: record.begun.at,
    deadline: milliseconds(service.spec.rollout.deadline),
    deployment,
    pods,
    providersSince: providersSince(edges),
    asksForMore: before !== undefined && reservesMore(wish.content, before),
    now,
  });
}

function isComplete({ deployment }: Observed, replicas: number): boolean {
  return deployment !== undefined && runsOneVersion(deployment, replicas);
}

/** Whether every pod runs the revision, and one of them is available, or was, where any is wanted. */
function isRolledOut({ serve, record }: RevisionDecision, observed: Observed, replicas: number): boolean {
  if (currentRevision(observed.deployment) !== serve) return false;
  const isProven = isAnswering(observed) || record.ready.some(({ revision }) => revision === serve);
  return isComplete(observed, replicas) && (isProven || replicas === 0);
}

function isAnswering({ deployment }: Observed): boolean {
  return (deployment?.status?.availableReplicas ?? 0) > 0;
}

function unknownPin({ service, history }: Sight): string | undefined {
  const pin = service.metadata.annotations?.[ROLLBACK_TO];
  return pin === undefined || history.has(pin) ? undefined : pin;
}
