import type { ObservabilityStack } from '../../api/observabilitystack.ts';
import { LABEL } from '../../api/group.ts';
import { recommendedLabels } from '../../k8s/labels.ts';

export const PROMETHEUS_PORT = 9090;
export const GRAFANA_PORT = 3000;

/** The parts of a stack that run; each has its pods, its Service and its NetworkPolicy. */
export type Part = 'prometheus' | 'grafana';

/** Name of the objects of one part. */
export function partName(stack: ObservabilityStack, part: Part): string {
  return `${stack.metadata.name}-${part}`;
}

/** Selects the pods of one part; immutable in a StatefulSet, so it never grows. */
export function partSelector(stack: ObservabilityStack, part: Part): Record<string, string> {
  return { [LABEL.observability]: stack.metadata.name, 'app.kubernetes.io/component': part };
}

/** Labels of the pods of one part. */
export function podLabels(stack: ObservabilityStack, part: Part): Record<string, string> {
  return { ...partSelector(stack, part), ...recommendedLabels(stack.metadata.name) };
}
