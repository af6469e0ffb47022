import type { Child } from './types.ts';

/** At most one member at a time; sick ones may always go, so a drain is never blocked for good. */
export function oneAtATime(name: string, pods: Record<string, string>): Child {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name },
    spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: { matchLabels: pods } },
  };
}
