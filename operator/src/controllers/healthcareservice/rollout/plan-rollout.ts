import { GROUP } from '../../../api/group.ts';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { Child, PodTemplate } from '../../../k8s/types.ts';
import { isPaused } from '../../../runtime/safety/pause.ts';
import { decideRevision, type DecisionInput, type RevisionDecision } from './decision.ts';
import { evidenceAgainst } from './evidence.ts';
import type { Fault } from './fault.ts';
import { pastOf, type Past } from './history.ts';
import { rolloutObjects } from './objects.ts';
import { lastReady, readyAt, recordOf } from './record.ts';
import { currentRevision, revisionOf, type Revision } from './revision.ts';
import type { Rollout } from './rollout.ts';
import { isAnswering, runsOneVersion, type Running } from './running.ts';
import { startable } from './startable.ts';

/** Annotation that pins a revision by its hash. */
export const ROLLBACK_TO = `${GROUP}/rollback-to`;

/** Annotation that, when it is changed, has a failed revision tried again. */
export const RETRY = `${GROUP}/retry`;

/** What is wanted of the pods. */
export interface RolloutWish {
  /** The pods that the spec asks for. */
  content: PodTemplate;
  replicas: number;
  /** Somebody else has written the replicas of the Deployment, and they are left to it. */
  leavesReplicas: boolean;
  /** Whether everything that new pods mount is there, and proven where their data needs it. */
  mayStart: boolean;
  /** Whether the first pods may be started; without it nothing is rolled out. */
  mayBegin: boolean;
}

export interface RolloutPlan {
  children: Child[];
  rollout: Rollout;
  requeueAfterMs: number | undefined;
}

/** Decides which revision the Deployment gets, and says how far it is: history, evidence, decision, objects. Pure. */
export function planRollout(service: HealthcareService, wish: RolloutWish, running: Running): RolloutPlan {
  const target = revisionOf(wish.content);
  const past = pastOf(recordOf(service.status), running.history, target);
  const evidence = wish.replicas === 0 ? {} : evidenceAgainst(target, past, running, service.spec);
  const known = startable(past.history);
  const decision = decideRevision(past.record, {
    ...wishesOf(service, wish),
    ...seen(running, wish.replicas, evidence.fault),
    target: target.hash,
    known,
  });
  const rollout: Rollout = {
    ...revisionsOf(decision, target, { ...past, known }, running),
    deployment: running.deployment,
    pods: running.pods,
    isBegun: wish.mayBegin,
    isPaused: isPaused(service),
    wanted: wish.replicas,
    isComplete: isRolledOut(decision, running, wish.replicas),
    fault: evidence.fault,
    unknownPin: unknownPin(service, known),
  };
  return {
    children: rolloutObjects(service, rollout, running.history, wish),
    rollout,
    requeueAfterMs: decision.again ? 1 : evidence.againMs,
  };
}

/** What people ask for. */
function wishesOf(
  { metadata: { annotations = {} }, spec }: HealthcareService,
  { mayStart }: RolloutWish,
): Pick<DecisionInput, 'pin' | 'retry' | 'automatic' | 'isHeld'> {
  return {
    pin: annotations[ROLLBACK_TO],
    // It is kept in the status; nobody needs more to tell two values apart.
    retry: (annotations[RETRY] ?? '').slice(0, 256),
    automatic: spec.rollout.automaticRollback,
    isHeld: !mayStart,
  };
}

/** What is seen of the revision that the Deployment has. */
function seen(
  running: Running,
  replicas: number,
  fault: Fault | undefined,
): Pick<DecisionInput, 'current' | 'isComplete' | 'fault' | 'now'> {
  return {
    current: currentRevision(running.deployment),
    isComplete: runsOneVersion(running, replicas) && isAnswering(running),
    fault,
    now: running.now,
  };
}

/** The revisions that play a part. Never let go are the spec's, what runs, what is to run, and the last one that was Ready. */
function revisionsOf(
  decision: RevisionDecision,
  target: Revision,
  { history, known }: Pick<Past, 'history'> & Pick<DecisionInput, 'known'>,
  { deployment }: Running,
): Pick<Rollout, 'target' | 'decision' | 'serving' | 'former' | 'history' | 'others' | 'unstartable'> {
  const former = lastReady(decision.record, target.hash, known);
  const others = new Set(
    [decision.serve, currentRevision(deployment), former].filter((hash) => hash !== target.hash),
  );
  return {
    target: target.hash,
    decision,
    serving: history.get(decision.serve)?.revision ?? target,
    former: history.get(former ?? '')?.revision,
    history,
    unstartable: former === undefined ? lastReady(decision.record, target.hash, history) : undefined,
    others: [...others]
      .map((hash) => history.get(hash ?? '')?.revision)
      .filter((revision) => revision !== undefined),
  };
}

/** Whether every pod runs the revision, and one of them is available, or was, where any is wanted. */
function isRolledOut({ serve, record }: RevisionDecision, running: Running, replicas: number): boolean {
  if (currentRevision(running.deployment) !== serve) return false;
  const isProven = isAnswering(running) || readyAt(record, serve) !== undefined;
  return runsOneVersion(running, replicas) && (isProven || replicas === 0);
}

function unknownPin({ metadata }: HealthcareService, known: DecisionInput['known']): string | undefined {
  const pin = metadata.annotations?.[ROLLBACK_TO];
  return pin === undefined || known.has(pin) ? undefined : pin;
}
