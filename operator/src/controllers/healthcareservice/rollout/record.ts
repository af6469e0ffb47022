import type { HealthcareServiceStatus } from '../../../api/healthcareservice.ts';
import { timestamp } from '../../../runtime/status/conditions.ts';
import type { Fault } from './fault.ts';

/** What is remembered of the revisions of a service, in `status.rollout`. */
export interface RevisionRecord {
  /** The revision that was last begun. */
  begun: Moment | undefined;
  /** Revisions that were Ready and did not fail afterwards, the last one first, each with when it was Ready first. */
  ready: readonly Moment[];
  /** Why the revision of the spec is not tried again. */
  failed: FailedRevision | undefined;
}

interface Moment {
  revision: string;
  /** Milliseconds since the epoch. */
  at: number;
}

export interface FailedRevision extends Fault {
  revision: string;
  /** `careplane.dev/retry` at that time: another value has the revision tried again. */
  retry: string;
}

export const NO_RECORD: RevisionRecord = { begun: undefined, ready: [], failed: undefined };

/** When the revision was Ready for the first time (milliseconds since the epoch). */
export function readyAt(
  { ready }: Pick<RevisionRecord, 'ready'>,
  revision: string | undefined,
): number | undefined {
  return ready.find((entry) => entry.revision === revision)?.at;
}

/** The last revision that was Ready, apart from the spec's. */
export function lastReady(
  { ready }: Pick<RevisionRecord, 'ready'>,
  target: string,
  known: Pick<ReadonlySet<string>, 'has'>,
): string | undefined {
  return ready.find(({ revision }) => revision !== target && known.has(revision))?.revision;
}

type RolloutStatus = NonNullable<HealthcareServiceStatus['rollout']>;

/** The record as `status.rollout` has it. */
export function recordOf({ rollout }: Pick<HealthcareServiceStatus, 'rollout'> = {}): RevisionRecord {
  const { begun, ready = [], failed } = rollout ?? {};
  return {
    begun: begun === undefined ? undefined : momentOf(begun),
    ready: ready.map(momentOf),
    failed: failed === undefined ? undefined : { ...failed, retry: failed.retry ?? '' },
  };
}

/** The record as it stands in the status. */
export function recordStatus({ begun, ready, failed }: RevisionRecord): RolloutStatus {
  return {
    ...(begun === undefined ? {} : { begun: written(begun) }),
    ...(ready.length === 0 ? {} : { ready: ready.map(written) }),
    ...(failed === undefined ? {} : { failed }),
  };
}

function momentOf({ revision, at }: { revision: string; at: string }): Moment {
  return { revision, at: Date.parse(at) };
}

function written({ revision, at }: Moment): { revision: string; at: string } {
  return { revision, at: timestamp(at) };
}
