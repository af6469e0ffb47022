import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { Child } from '../../../k8s/types.ts';

/** The identity of a service: it has no rights at the API server, only a name that its tokens carry. */
export function serviceAccount({ metadata }: HealthcareService): Child {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: metadata.name },
    automountServiceAccountToken: false,
  };
}
