import type { Cache } from '../../runtime/controller.ts';
import { horizontalPodAutoscalers } from './kubernetes.ts';
import type { HorizontalPodAutoscaler } from './kubernetes.ts';

/** Names of the HorizontalPodAutoscalers that target the Deployment of a service. */
export function foreignAutoscalers(cache: Cache, namespace: string, service: string): string[] {
  return cache
    .list(horizontalPodAutoscalers, namespace)
    .filter((autoscaler) => targetOf(autoscaler) === service)
    .map(({ metadata }) => metadata.name)
    .sort();
}

/** Name of the Deployment that an autoscaler targets. */
export function targetOf({ spec }: HorizontalPodAutoscaler): string | undefined {
  return spec?.scaleTargetRef?.kind === 'Deployment' ? spec.scaleTargetRef.name : undefined;
}
