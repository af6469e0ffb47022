import { LABEL } from '../../../api/group.ts';
import { quantityValue } from '../../../api/quantity.ts';
import { troubleOf } from '../../../k8s/pod-trouble.ts';
import { readySince } from '../../../k8s/pods.ts';
import type { Deployment, Pod, PodTemplate } from '../../../k8s/types.ts';
import { isStaying } from '../../../runtime/cache/staying.ts';
import { crashLoop, podFault, type Evidence } from './fault.ts';
import { deadlineExceeded, podsOf, progressOf, refusalOf } from './running.ts';

/** What is seen of a revision that is being rolled out. Times are milliseconds since the epoch. */
export interface StartInput {
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

/**
 * What speaks against a revision whose pods do not get ready. A witness (the former revision's pods, else stores and broker)
 * must have been well all the while; a pod without room counts only if it asks for more than the former ones did. Pure.
 */
export function startEvidence(input: StartInput): Evidence {
  const since = witnessSince(input);
  const own = podsOf(input.pods, input.revision);
  if (since === undefined || lacksRoom(input, own)) return {};
  const crash = since <= input.beganAt ? crashLoop(own) : undefined;
  if (crash !== undefined) return { fault: crash };
  const clock = clockOf(input, own);
  if (clock === undefined) return {};
  const againMs = Math.max(clock, since) + input.deadline - input.now;
  if (againMs > 0) return { againMs };
  return { fault: podFault('ProgressDeadlineExceeded', own, refusalOf(input.deployment)) };
}

/** Whether the pods of one template reserve more CPU or memory than those of another. */
export function reservesMore(next: PodTemplate, former: PodTemplate): boolean {
  return ['cpu', 'memory'].some((resource) => reserved(next, resource) > reserved(former, resource));
}

/**
 * When the deadline began (milliseconds since the epoch); `undefined` while nothing speaks for a missed one.
 * Kubernetes' own clock may be another revision's, and never starts again from zero replicas: then the oldest pod's age counts.
 */
function clockOf({ deployment, beganAt }: StartInput, own: readonly Pod[]): number | undefined {
  if (deadlineExceeded(deployment)) return beganAt;
  const isOver = progressOf(deployment) === 'NewReplicaSetAvailable';
  if (!isOver || own.some((pod) => readySince(pod) !== undefined)) return undefined;
  const created = own.flatMap(({ metadata }) => metadata.creationTimestamp ?? []).map((at) => Date.parse(at));
  return created.length === 0 ? undefined : Math.max(beganAt, Math.min(...created));
}

/** Since when the steadiest witness is well. */
function witnessSince({ pods, revision, providersSince }: StartInput): number | undefined {
  const others = pods
    .filter(isStaying)
    .filter(({ metadata }) => metadata.labels?.[LABEL.revision] !== revision);
  if (others.length === 0) return providersSince;
  const times = others.map(readySince).filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

function lacksRoom({ asksForMore, deployment }: StartInput, own: readonly Pod[]): boolean {
  if (asksForMore) return false;
  const reasons = own.map((pod) => troubleOf([pod])?.reason).filter((reason) => reason !== undefined);
  if (reasons.includes('Unschedulable')) return reasons.every((reason) => reason === 'Unschedulable');
  return refusalOf(deployment)?.includes('exceeded quota') === true;
}

function reserved({ spec }: PodTemplate, resource: string): number {
  return quantityValue(spec.containers[0]?.resources?.requests?.[resource] ?? '0');
}
