import { LABEL } from '../../api/group.ts';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import { recommendedLabels } from '../../k8s/labels.ts';

/** Selects the pods of a service; immutable in a Deployment, so it never grows. */
export function podSelector(service: string): Record<string, string> {
  return { [LABEL.service]: service };
}

/** Labels of the pods of a service. */
export function podLabels({
  metadata: { name },
  spec,
}: Pick<HealthcareService, 'metadata' | 'spec'>): Record<string, string> {
  return {
    ...podSelector(name),
    [LABEL.scrape]: 'true',
    ...(spec.auditLog === undefined ? {} : { [LABEL.auditLog]: 'true' }),
    ...recommendedLabels(name),
  };
}
