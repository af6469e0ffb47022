import type { FieldConflict } from '../runtime/apply/field-conflicts.ts';
import type { Cache, Context } from '../runtime/controller.ts';
import type { AnyObject } from '../runtime/kube.ts';
import { horizontalPodAutoscalers, type HorizontalPodAutoscaler } from './types.ts';

/** What a HorizontalPodAutoscaler can scale a service by: the Deployment, or the service's own `scale` subresource. */
export type ScaledKind = 'Deployment' | 'HealthcareService';

/** As the API server names the field in a conflict. */
const REPLICAS = '.spec.replicas';

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
    .filter((autoscaler) => isTargeting(autoscaler, service, kinds))
    .map(({ metadata }) => metadata.name)
    .sort();
}

/** Whether `spec.replicas` of others may be taken back: not while an autoscaler targets it. Read live: the cache may lag. */
export async function mayTakeReplicas(
  { kind, metadata }: AnyObject,
  conflicts: readonly FieldConflict[],
  { live }: Pick<Context, 'live'>,
): Promise<boolean> {
  if (kind !== 'Deployment' || !conflicts.some(({ fields }) => fields.includes(REPLICAS))) return true;
  const autoscalers = await live.list(horizontalPodAutoscalers, metadata.namespace ?? '');
  return !autoscalers.some((autoscaler) => isTargeting(autoscaler, metadata.name, ['Deployment']));
}

function isTargeting(
  autoscaler: HorizontalPodAutoscaler,
  service: string,
  kinds: readonly string[],
): boolean {
  return targetOf(autoscaler) === service && kinds.includes(autoscaler.spec?.scaleTargetRef?.kind ?? '');
}

/** Name of the service that an autoscaler targets, by its Deployment (which has the same name) or by itself. */
export function targetOf({ spec }: HorizontalPodAutoscaler): string | undefined {
  return SCALED.includes(spec?.scaleTargetRef?.kind ?? '') ? spec?.scaleTargetRef?.name : undefined;
}
