import { LABEL } from '../../../api/group.ts';
import { quantityValue } from '../../../api/quantity.ts';
import { isStaying } from '../../../runtime/cache/staying.ts';
import type { Fault } from './decide-revision.ts';
import { troubleOf } from '../../../k8s/pod-trouble.ts';
import type { Deployment, Pod } from '../../../k8s/types.ts';
import type { PodTemplate } from '../../../k8s/types.ts';

/** What is seen of a revision that is being rolled out. Times are milliseconds since the epoch. */
export interface RolloutSight {
  revision: string;
  beganAt: number;
  /** Milliseconds of `spec.rollout.deadline`. */
  deadline: number;
  deployment: Deployment;
  pods: readonly Pod[];
  /** Since when every store and broker that the pods need is up; `undefined` when one is not. */
  providersSince: number | undefined;
  /** Whether its pods reserve more than those of the former revision. */
  asksForMore: boolean;
  now: number;
}

export interface Evidence {
  fault?: Fault;
  /** A fault may be due after this many milliseconds, without anything else happening. */
  againMs?: number;
}

/** It is kept in the status: a scheduler may have much to say. */
export const MESSAGE_LIMIT = 600;

/** Restarts of one container after which it is a crash loop: the fourth start, about 70 s after the first. */
const CRASHES = 3;

/**
 * What speaks against a revision whose pods do not get ready. Only what no circumstance explains does: a witness must have been well
 * all the while (pods of the former revision or, when there are none, the stores and the broker), since what takes
 * readiness from them, too, is not this revision's fault; and a pod that finds no room is none either, unless it asks for more room
 * than the former ones did. Pure.
 */
export function evidenceAgainst(sight: RolloutSight): Evidence {
  const since = witnessSince(sight);
  const own = ownPods(sight);
  if (since === undefined || lacksRoom(sight, own)) return {};
  const crash = since <= sight.beganAt ? crashLoop(own) : undefined;
  if (crash !== undefined) return { fault: crash };
  const clock = clockOf(sight, own);
  if (clock === undefined) return {};
  const againMs = Math.max(clock, since) + sight.deadline - sight.now;
  return againMs > 0 ? { againMs } : { fault: fault('ProgressDeadlineExceeded', own) };
}

/**
 * From when on the deadline counts (milliseconds since the epoch); `undefined` while nothing speaks for a missed one. Kubernetes' own
 * clock may still show the deadline of another revision; and it never starts again for a rollout that was complete with no pod at
 * all: from zero replicas on it is the age of the oldest pod that counts, until one is ready.
 */
function clockOf({ deployment, beganAt }: RolloutSight, own: readonly Pod[]): number | undefined {
  if (deadlineExceeded(deployment)) return beganAt;
  const isOver = progressOf(deployment) === 'NewReplicaSetAvailable';
  if (!isOver || own.some((pod) => readySince(pod) !== undefined)) return undefined;
  const created = own.flatMap(({ metadata }) => metadata.creationTimestamp ?? []).map((at) => Date.parse(at));
  return created.length === 0 ? undefined : Math.max(beganAt, Math.min(...created));
}

/** What the API server said when it last refused to make a pod of the Deployment; `undefined` when it does not refuse. */
export function refusalOf({ status }: Deployment): string | undefined {
  const refused = status?.conditions?.find(({ type }) => type === 'ReplicaFailure');
  return refused?.status === 'True' ? (refused.message ?? '') : undefined;
}

/** Whether the Deployment's controller, having seen the newest spec, has given the rollout up. */
export function deadlineExceeded(deployment: Deployment): boolean {
  return progressOf(deployment) === 'ProgressDeadlineExceeded';
}

/** What the Deployment's controller, having seen the newest spec, says of the rollout. */
function progressOf({ metadata, status }: Deployment): string | undefined {
  const isSeen = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const progressing = status?.conditions?.find(({ type }) => type === 'Progressing');
  return isSeen ? progressing?.reason : undefined;
}

/** Whether the pods of one template reserve more CPU or memory than those of another. */
export function reservesMore(next: PodTemplate, former: PodTemplate): boolean {
  return ['cpu', 'memory'].some((resource) => reserved(next, resource) > reserved(former, resource));
}

/** Pods of a revision that are to stay. */
export function ownPods({ pods, revision }: Pick<RolloutSight, 'pods' | 'revision'>): Pod[] {
  return pods.filter(isStaying).filter(({ metadata }) => metadata.labels?.[LABEL.revision] === revision);
}

/** Since when a pod is ready (milliseconds since the epoch); `undefined` when it is not. */
export function readySince({ status }: Pod): number | undefined {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status !== 'True' || ready.lastTransitionTime === undefined) return undefined;
  return Date.parse(ready.lastTransitionTime);
}

/** Since when the steadiest witness is well. */
function witnessSince({ pods, revision, providersSince }: RolloutSight): number | undefined {
  const others = pods
    .filter(isStaying)
    .filter(({ metadata }) => metadata.labels?.[LABEL.revision] !== revision);
  if (others.length === 0) return providersSince;
  const times = others.map(readySince).filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

function lacksRoom({ asksForMore, deployment }: RolloutSight, own: readonly Pod[]): boolean {
  if (asksForMore) return false;
  if (own.some((pod) => troubleOf([pod])?.reason === 'Unschedulable')) return !own.some(hasStartedBadly);
  return refusalOf(deployment)?.includes('exceeded quota') === true;
}

function hasStartedBadly(pod: Pod): boolean {
  const trouble = troubleOf([pod]);
  return trouble !== undefined && trouble.reason !== 'Unschedulable';
}

/** The fault of pods of which one crashes again and again, and none is ready. */
export function crashLoop(own: readonly Pod[]): Fault | undefined {
  if (own.some((pod) => readySince(pod) !== undefined)) return undefined;
  const isLooping = own.some(({ status }) =>
    (status?.containerStatuses ?? []).some(({ restartCount = 0 }) => restartCount >= CRASHES),
  );
  return isLooping ? fault('CrashLooping', own) : undefined;
}

function fault(reason: Fault['reason'], own: readonly Pod[]): Fault {
  const message = troubleOf(own)?.message ?? 'its pods do not become ready';
  return { reason, message: message.slice(0, MESSAGE_LIMIT) };
}

function reserved({ spec }: PodTemplate, resource: string): number {
  return quantityValue(spec.containers[0]?.resources?.requests?.[resource] ?? '0');
}
