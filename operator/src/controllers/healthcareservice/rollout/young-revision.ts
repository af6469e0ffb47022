import type { HealthcareServiceSpec } from '../../../api/healthcareservice.ts';
import { burnOf } from './burn.ts';
import type { Windows } from './burn.ts';
import type { Fault, RevisionRecord } from './decide-revision.ts';
import type { Pod } from '../../../k8s/types.ts';
import { crashLoop, readySince } from './revision-evidence.ts';

/** How long a new revision is watched for what it does to its users, from its first moment of being Ready (milliseconds). */
const WATCHED_MS = 15 * 60_000;

/** The short window of {@link Windows}: pods that were not ready all that time are no witnesses (milliseconds). */
const STEADY_MS = 60_000;

/** How often a watched revision is judged (milliseconds). */
export const JUDGED_EVERY_MS = 15_000;

/** Whether the revision was Ready for the first time a short while ago, and there is another to go back to. */
export function isWatched({ ready }: RevisionRecord, revision: string | undefined, now: number): boolean {
  const since = readyAt({ ready }, revision);
  return since !== undefined && now - since < WATCHED_MS && ready.length > 1;
}

/** When the revision was Ready for the first time (milliseconds since the epoch). */
export function readyAt(
  { ready }: Pick<RevisionRecord, 'ready'>,
  revision: string | undefined,
): number | undefined {
  return ready.find((entry) => entry.revision === revision)?.at;
}

/**
 * The fault of a young revision whose pods crash again and again, none of them ready, though it was Ready: such pods tell Prometheus
 * nothing of what they do to their users. Not while a store or the broker is away, or was since: that would explain it.
 */
export function crashFault(
  pods: readonly Pod[],
  firstReady: number | undefined,
  providersUp: number | undefined,
): Fault | undefined {
  const hasWitness = firstReady !== undefined && providersUp !== undefined && providersUp <= firstReady;
  return hasWitness ? crashLoop(pods) : undefined;
}

/**
 * The fault of a young revision that burns its SLO. Only while all its pods are ready, and have been for a minute: pods that had lost
 * their readiness had a reason that lies elsewhere, as a store that was down. Pure.
 */
export function burnFault(
  slo: HealthcareServiceSpec['slo'],
  windows: Windows | undefined,
  pods: readonly Pod[],
  now: number,
): Fault | undefined {
  if (windows === undefined || pods.length === 0) return undefined;
  const isSteady = pods.every((pod) => (readySince(pod) ?? now) <= now - STEADY_MS);
  const message = isSteady ? burnOf(slo, windows) : undefined;
  return message === undefined ? undefined : { reason: 'BurnsSlo', message };
}
