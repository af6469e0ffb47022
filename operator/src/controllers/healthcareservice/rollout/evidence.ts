import { milliseconds } from '../../../api/duration.ts';
import type { HealthcareServiceSpec } from '../../../api/healthcareservice.ts';
import { bakeEvidence } from './bake-time.ts';
import type { Evidence } from './fault.ts';
import type { Past } from './history.ts';
import { currentRevision, type Revision } from './revision.ts';
import type { Running } from './running.ts';
import { reservesMore, startEvidence } from './start-evidence.ts';

/** What speaks against the spec's revision, once the Deployment has it: while it starts, then in its bake time. Pure. */
export function evidenceAgainst(
  target: Revision,
  { record, former, begunAt, readyAt }: Past,
  running: Running,
  { rollout, slo }: Pick<HealthcareServiceSpec, 'rollout' | 'slo'>,
): Evidence {
  const { deployment } = running;
  const revision = target.hash;
  if (deployment === undefined || currentRevision(deployment) !== revision) return {};
  if (readyAt !== undefined) return bakeEvidence({ ...running, revision, readyAt, record, slo });
  if (begunAt === undefined) return {};
  return startEvidence({
    ...running,
    deployment,
    revision,
    beganAt: begunAt,
    deadline: milliseconds(rollout.deadline),
    asksForMore: former !== undefined && reservesMore(target.template, former.template),
  });
}
