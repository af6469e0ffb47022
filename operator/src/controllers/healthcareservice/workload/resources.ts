import type { Resources } from '../../../api/fields.ts';
import { engineResources, type EngineResources } from '../../../k8s/resources.ts';

/** Small enough for a laptop; a service that needs more says so in `spec.resources`. There is no CPU limit: throttling costs latency. */
const DEFAULTS = { cpuRequest: '20m', memoryRequest: '96Mi', memoryLimit: '256Mi' } as const;

/** `resources` of a service's container. */
export function containerResources(asked?: Resources): EngineResources {
  return engineResources(asked, DEFAULTS);
}
