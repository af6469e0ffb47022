import type { Cache } from '../../runtime/controller.ts';
import { horizontalPodAutoscalers } from './kubernetes.ts';
import type { HorizontalPodAutoscaler } from './kubernetes.ts';

/** What a HorizontalPodAutoscaler can scale a service by: the Deployment, or the service's own `scale` subresource. */
export type ScaledKind = 'Deployment' | 'HealthcareService';

const SCALED: readonly string[] = ['Deployment', 'HealthcareService'] satisfies ScaledKind[];

/** Names of the HorizontalPodAutoscalers that target a service by one of these kinds. */
export function foreignAutoscalers(
  cache: Cache,
  namespace: string,
  service: string,
  kinds: readonly string[] = SCALED,
): string[] {
  return cache
    .list(horizontalPodAutoscalers, namespace)
    .filter((autoscaler) => targetOf(autoscaler) === service)
    .filter(({ spec }) => kinds.includes(spec?.scaleTargetRef?.kind ?? ''))
    .map(({ metadata }) => metadata.name)
    .sort();
}

/** Name of the service that an autoscaler targets, by its Deployment (which has the same name) or by itself. */
export function targetOf({ spec }: HorizontalPodAutoscaler): string | undefined {
  return SCALED.includes(spec?.scaleTargetRef?.kind ?? '') ? spec?.scaleTargetRef?.name : undefined;
}
