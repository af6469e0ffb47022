import type { Resources } from '../../../api/fields.ts';
import { canonicalQuantity, quantityValue } from '../../../api/quantity.ts';

/** Small enough for a laptop; a service that needs more says so in `spec.resources`. There is no CPU limit: throttling costs latency. */
const DEFAULTS = { cpuRequest: '20m', memoryRequest: '96Mi', memoryLimit: '256Mi' } as const;

/** A container's `resources`: what is asked for, the defaults elsewhere, never a request above its limit. */
export function containerResources(asked: Resources = {}): Record<string, Record<string, string>> {
  const requests = texts(asked.requests);
  const limits = texts(asked.limits);
  const memoryLimit = limits['memory'] ?? larger(DEFAULTS.memoryLimit, requests['memory']);
  return {
    requests: {
      cpu: smaller(DEFAULTS.cpuRequest, limits['cpu']),
      memory: smaller(DEFAULTS.memoryRequest, memoryLimit),
      ...requests,
    },
    limits: { ...limits, memory: memoryLimit },
  };
}

function texts(amounts: Resources['requests'] = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(amounts).map(([name, quantity]) => [name, canonicalQuantity(String(quantity))]),
  );
}

function smaller(ours: string, theirs: string | undefined): string {
  return theirs !== undefined && quantityValue(theirs) < quantityValue(ours) ? theirs : ours;
}

function larger(ours: string, theirs: string | undefined): string {
  return theirs !== undefined && quantityValue(theirs) > quantityValue(ours) ? theirs : ours;
}
