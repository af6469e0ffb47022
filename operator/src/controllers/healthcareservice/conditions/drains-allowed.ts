import type { HealthcareService } from '../../../api/healthcareservice.ts';
import { troubleOf } from '../../../k8s/pod-trouble.ts';
import type { JudgedCondition } from '../../../runtime/controller.ts';
import { timestamp } from '../../../runtime/status/conditions.ts';
import { conditionType } from '../../../runtime/status/reasons.ts';
import { MESSAGE_LIMIT } from '../rollout/fault.ts';
import { refusalOf, type Running } from '../rollout/running.ts';

/** It informs: a service may be short of a pod and answer. */
export const DrainsAllowed = conditionType({
  type: 'DrainsAllowed',
  kinds: ['HealthcareService'],
  informs: true,
  meaning: 'Shown only while it is False: a drain of a node may take a pod of the service.',
  reasons: {
    PodsMissing: {
      alarming: true,
      meaning:
        'As many pods as `spec.disruption.maxUnavailable` lets go have been missing for five minutes or more. Evictions of the others are refused, since they keep the service available: a drain that meets one waits.',
      remedy:
        'The message says what keeps the pods away: mostly there is no room for them. Make room, end the drain, or raise `spec.disruption.maxUnavailable` for as long as it takes.',
      page: 'docs/concepts/rollouts.md',
    },
  },
});

/** How long pods may be missing until somebody is told that drains wait (milliseconds): a pod that moves is missing for a while. */
const PATIENCE_MS = 5 * 60_000;

/** What is to be said of drains, and when to look again (milliseconds). Pure. */
export function drainsAllowed(
  { spec }: HealthcareService,
  running: Pick<Running, 'deployment' | 'pods' | 'now'>,
  wanted: number,
): { conditions: JudgedCondition[]; againMs: number | undefined } {
  const { maxUnavailable } = spec.disruption;
  const { deployment, now } = running;
  const missing = wanted - (deployment?.status?.availableReplicas ?? 0);
  const since = shortSince(running);
  if (since === undefined || wanted <= maxUnavailable || missing < maxUnavailable)
    return { conditions: [], againMs: undefined };
  if (now - since < PATIENCE_MS) return { conditions: [], againMs: since + PATIENCE_MS - now };
  const counts = `pods missing since ${timestamp(since)}: ${String(missing)} of ${String(wanted)}, and at most ${String(maxUnavailable)} may be gone`;
  const message = `${counts}, so drains of nodes wait; ${causeOf(running)}: make room, or raise spec.disruption.maxUnavailable`;
  return { conditions: [DrainsAllowed.because('PodsMissing', message)], againMs: undefined };
}

/** Since when the Deployment has had too few pods (milliseconds since the epoch). */
function shortSince({ deployment }: Pick<Running, 'deployment'>): number | undefined {
  const available = deployment?.status?.conditions?.find(({ type }) => type === 'Available');
  const since = available?.status === 'False' ? Date.parse(available.lastTransitionTime ?? '') : NaN;
  return Number.isNaN(since) ? undefined : since;
}

function causeOf({ deployment, pods }: Pick<Running, 'deployment' | 'pods'>): string {
  return (troubleOf(pods)?.message ?? refusalOf(deployment) ?? 'they do not get ready').slice(
    0,
    MESSAGE_LIMIT,
  );
}
