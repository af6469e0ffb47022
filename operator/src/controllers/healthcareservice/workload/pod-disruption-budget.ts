import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { EventNote } from '../../../runtime/controller.ts';
import type { Child } from '../../../k8s/types.ts';
import { podSelector } from '../labels.ts';
import type { Observed } from '../observed.ts';

/** How long pods may be missing before a drain may take one more, and again after as long (milliseconds). */
const PATIENCE_MS = 5 * 60_000;

/** How many pods drains may take at this moment. */
export interface Disruption {
  maxUnavailable: number;
  /** Of these, how many more than the spec says. */
  raisedBy: number;
  /** When it is to be looked at again: a longer shortage allows more (milliseconds). */
  againMs: number | undefined;
}

/**
 * How many pods a drain may take away. As the spec says; but where pods have been missing for five minutes, one more, and one more for every
 * five minutes that it lasts. Otherwise a drain whose first pod found no other place would wait for it for ever: all that are left are then
 * needed. Told by the Deployment's own condition, so that nothing has to be remembered. Pure.
 */
export function disruptionOf(
  { spec }: HealthcareService,
  { deployment, now }: Pick<Observed, 'deployment' | 'now'>,
  wanted: number,
): Disruption {
  const { maxUnavailable } = spec.disruption;
  const available = deployment?.status?.conditions?.find(({ type }) => type === 'Available');
  const since = available?.status === 'False' ? Date.parse(available.lastTransitionTime ?? '') : NaN;
  if (Number.isNaN(since) || wanted <= maxUnavailable)
    return { maxUnavailable, raisedBy: 0, againMs: undefined };
  const steps = Math.max(0, Math.floor((now - since) / PATIENCE_MS));
  const raisedBy = Math.min(steps, wanted - maxUnavailable);
  const isAll = maxUnavailable + raisedBy >= wanted;
  const next = since + (steps + 1) * PATIENCE_MS - now;
  return { maxUnavailable: maxUnavailable + raisedBy, raisedBy, againMs: isAll ? undefined : next };
}

/**
 * The budget by which drains are slowed down. It is a number of pods that may be gone, never one that must stay, and sick pods may always be
 * evicted.
 */
export function podDisruptionBudget(
  { metadata, spec }: HealthcareService,
  { maxUnavailable }: Pick<Disruption, 'maxUnavailable'> = spec.disruption,
): Child {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: metadata.name },
    spec: {
      maxUnavailable,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: podSelector(metadata.name) },
    },
  };
}

/** Says that the budget is raised. */
export function budgetRaised({ maxUnavailable, raisedBy }: Disruption): EventNote[] {
  if (raisedBy === 0) return [];
  const minutes = (raisedBy * PATIENCE_MS) / 60_000;
  const message = `pods have been missing for ${String(minutes)} minutes: so that a drain can go on, ${String(maxUnavailable)} pods may be unavailable until it is over`;
  return [{ type: 'Warning', reason: 'BudgetRaised', message }];
}
