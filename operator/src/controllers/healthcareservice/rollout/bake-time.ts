import type { HealthcareServiceSpec } from '../../../api/healthcareservice.ts';
import { readySince } from '../../../k8s/pods.ts';
import type { Pod } from '../../../k8s/types.ts';
import { burnOf, WINDOW_MINUTES } from './burn.ts';
import { crashLoop, type Evidence, type Fault } from './fault.ts';
import type { RevisionRecord } from './record.ts';
import { podsOf, type Running } from './running.ts';

/** The bake time: how long a new revision is watched for what it does to its users, from its first moment of being Ready (milliseconds). */
const BAKE_TIME_MS = 15 * 60_000;

/** The short window of the traffic: pods that were not ready all that time are no witnesses (milliseconds). */
const STEADY_MS = WINDOW_MINUTES.short * 60_000;

/** The long window of the traffic (milliseconds). */
const TRAFFIC_MS = WINDOW_MINUTES.long * 60_000;

/** How often a revision in its bake time is looked at (milliseconds). */
const LOOK_AGAIN_MS = 15_000;

/** Whether a revision that was Ready first at that time is in its bake time, and there is another to go back to. */
export function isBaking({ ready }: RevisionRecord, firstReady: number | undefined, now: number): boolean {
  return firstReady !== undefined && now - firstReady < BAKE_TIME_MS && ready.length > 1;
}

export interface BakeInput extends Pick<
  Running,
  'pods' | 'traffic' | 'providersSince' | 'needsSince' | 'now'
> {
  revision: string;
  /** When it was Ready for the first time (milliseconds since the epoch). */
  readyAt: number;
  record: RevisionRecord;
  slo: HealthcareServiceSpec['slo'];
}

/** What speaks against a revision that was Ready, during its bake time. Pure. */
export function bakeEvidence(input: BakeInput): Evidence {
  if (!isBaking(input.record, input.readyAt, input.now)) return {};
  const pods = podsOf(input.pods, input.revision);
  const crash = crashFault(input, pods);
  if (crash !== undefined) return { fault: crash };
  if (input.slo === undefined) return {};
  const fault = burnFault(input, pods);
  return { ...(fault === undefined ? {} : { fault }), againMs: LOOK_AGAIN_MS };
}

/** Pods of a revision that was Ready crash again and again, and no store or broker is, or was since, away to explain it. */
function crashFault({ readyAt, providersSince }: BakeInput, pods: readonly Pod[]): Fault | undefined {
  return (providersSince ?? Infinity) <= readyAt ? crashLoop(pods) : undefined;
}

/**
 * The revision burns its SLO while all its pods have been ready for a minute: a lost readiness has another reason. So have errors
 * of the time in which something that it needs was away: the former revision, which saw no such time, tells nothing then.
 */
function burnFault(input: BakeInput, pods: readonly Pod[]): Fault | undefined {
  const { slo, traffic, readyAt, needsSince = Infinity, now } = input;
  if (traffic === undefined || pods.length === 0) return undefined;
  if (needsSince > Math.max(readyAt, now - TRAFFIC_MS)) return undefined;
  const isSteady = pods.every((pod) => (readySince(pod) ?? now) <= now - STEADY_MS);
  const message = isSteady ? burnOf(slo, traffic) : undefined;
  return message === undefined ? undefined : { reason: 'BurnsSlo', message };
}
