import { LABEL } from '../../api/group.ts';
import { recommendedLabels } from '../../k8s/labels.ts';

/** Selects the pods of a service; immutable in a Deployment, so it never grows. */
export function podSelector(service: string): Record<string, string> {
  return { [LABEL.service]: service };
}

/** Labels of the pods of a service. */
export function podLabels(service: string): Record<string, string> {
  return {
    ...podSelector(service),
    [LABEL.scrape]: 'true',
    ...recommendedLabels(service),
  };
}
