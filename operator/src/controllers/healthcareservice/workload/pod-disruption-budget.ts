import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { Child } from '../../../k8s/types.ts';
import { podSelector } from '../labels.ts';

/** Limits drains by a number of pods that may be gone, never by one that must stay; sick pods may always be evicted. */
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
