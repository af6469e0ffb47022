import type { Resources } from '../../../api/fields.ts';
import { engineResources, type EngineResources } from '../../../k8s/resources.ts';

/** Small enough for a laptop; a service that needs more says so in `spec.resources`. There is no CPU limit: throttling costs latency. */
const DEFAULTS = { cpuRequest: '20m', memoryRequest: '96Mi', memoryLimit: '256Mi' } as const;

/** A container's `resources`: what is asked for, the defaults elsewhere, never a request above its limit. */
export function containerResources(asked?: Resources): EngineResources {
  return engineResources(asked, DEFAULTS);
}
