import type { HealthcareService } from '../../api/healthcareservice.ts';
import type { Child } from './kubernetes.ts';
import { podSelector } from './labels.ts';

/**
 * How many pods a drain may take at once. It is a number of pods that may be gone, never one that must stay, and sick pods may always be
 * evicted: so it slows a drain down but never blocks it for good.
 */
export function podDisruptionBudget({ metadata, spec }: HealthcareService): Child {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: metadata.name },
    spec: {
      maxUnavailable: spec.disruption.maxUnavailable,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: podSelector(metadata.name) },
    },
  };
}
