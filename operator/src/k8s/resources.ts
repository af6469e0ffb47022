import type { Resources } from '../api/fields.ts';
import { canonicalQuantity, quantityValue } from '../api/quantity.ts';

export interface ResourceDefaults {
  cpuRequest: string;
  memoryRequest: string;
  memoryLimit: string;
}

export interface ContainerResources {
  requests: { cpu: string; memory: string };
  limits: { memory: string; cpu?: string };
}

/** `resources` of a container: what is asked for, defaults elsewhere, never a request above its limit. */
export function containerResources(
  asked: Resources | undefined,
  defaults: ResourceDefaults,
): ContainerResources {
  const requests = amounts(asked?.requests);
  const limits = amounts(asked?.limits);
  const memory = limits.memory ?? larger(defaults.memoryLimit, requests.memory);
  return {
    requests: {
      cpu: requests.cpu ?? smaller(defaults.cpuRequest, limits.cpu),
      memory: requests.memory ?? smaller(defaults.memoryRequest, memory),
    },
    limits: { ...(limits.cpu === undefined ? {} : { cpu: limits.cpu }), memory },
  };
}

/** The memory limit in bytes. */
export function memoryLimit({ limits }: ContainerResources): number {
  return quantityValue(limits.memory);
}

interface Amounts {
  cpu: string | undefined;
  memory: string | undefined;
}

function amounts(asked: Resources['requests']): Amounts {
  const text = (quantity: string | number | undefined): string | undefined =>
    quantity === undefined ? undefined : canonicalQuantity(String(quantity));
  return { cpu: text(asked?.cpu), memory: text(asked?.memory) };
}

function smaller(ours: string, theirs: string | undefined): string {
  return theirs !== undefined && quantityValue(theirs) < quantityValue(ours) ? theirs : ours;
}

function larger(ours: string, theirs: string | undefined): string {
  return theirs !== undefined && quantityValue(theirs) > quantityValue(ours) ? theirs : ours;
}
