import type { Scheduling } from '../api/scheduling.ts';

/** Nodes first: two pods on one node go with it. */
const USUAL_SPREAD = ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
  maxSkew: 1,
  topologyKey,
  whenUnsatisfiable: 'ScheduleAnyway' as const,
}));

/**
 * The part of a pod's spec that says where it may run.
 * @param selector selects the pods that are counted when they are spread
 * @param more of each spread, as `matchLabelKeys`
 */
export function schedulingOf(
  asked: Scheduling,
  selector: Readonly<Record<string, string>>,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const { nodeSelector, tolerations, affinity, topologySpreadConstraints } = asked;
  const given = Object.entries({ nodeSelector, tolerations, affinity });
  return {
    ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    topologySpreadConstraints: (topologySpreadConstraints ?? USUAL_SPREAD).map((spread) => ({
      ...spread,
      labelSelector: { matchLabels: selector },
      ...more,
    })),
  };
}
