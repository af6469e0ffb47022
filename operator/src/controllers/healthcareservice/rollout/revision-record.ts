import type { HealthcareServiceStatus } from '../../../api/healthcareservice.ts';
import { timestamp } from '../../../runtime/status/conditions.ts';
import type { RevisionRecord } from './decide-revision.ts';

type RolloutStatus = NonNullable<HealthcareServiceStatus['rollout']>;

/** What `status.rollout` remembers of the revisions. */
export function recordOf({ rollout }: Pick<HealthcareServiceStatus, 'rollout'>): RevisionRecord {
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

function momentOf({ revision, at }: { revision: string; at: string }): { revision: string; at: number } {
  return { revision, at: Date.parse(at) };
}

function written({ revision, at }: { revision: string; at: number }): { revision: string; at: string } {
  return { revision, at: timestamp(at) };
}
