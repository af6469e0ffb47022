import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { EventNote } from '../../../runtime/controller.ts';
import type { Child, Deployment } from '../../../k8s/types.ts';
import { podSelector } from '../labels.ts';
import { eventType } from '../../../runtime/status/reasons.ts';

export const BudgetRaised = eventType({
  type: 'Warning',
  reason: 'BudgetRaised',
  kinds: ['HealthcareService'],
  meaning:
    'Pods have been missing for five minutes or more, so the PodDisruptionBudget lets drains take one more for every five minutes: otherwise a drain whose first pod finds no other place would never end.',
  remedy:
    'See why pods are missing (`Available`): mostly there is no room for them. End the drain, or make room.',
  page: 'docs/concepts/rollouts.md',
});

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

/** Pods that a drain may take: what the spec says, and one more for each five minutes with pods missing, so that it ends. Pure. */
export function disruptionOf(
  { spec }: HealthcareService,
  { deployment, now }: { deployment: Deployment | undefined; now: number },
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

/** Limits drains by a number of pods that may be gone, never by one that must stay; sick pods may always be evicted. */
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
  return [BudgetRaised.note(message)];
}
