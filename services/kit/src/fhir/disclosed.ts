import { referenceOf } from './references.ts';
import type { Resource } from './resource.ts';

/** Carriers of resources, which are none themselves. */
const CARRIERS: ReadonlySet<unknown> = new Set(['Bundle', 'Parameters', 'OperationOutcome']);

/**
 * The resources of an answer: itself, or those that a Bundle or Parameters carry. What a resource contains is a part of it
 * (hl7.org/fhir/R4/references.html#contained).
 */
export function resourcesIn(node: unknown): Resource[] {
  if (Array.isArray(node)) return node.flatMap(resourcesIn);
  if (!isObject(node)) return [];
  const { resourceType } = node;
  if (typeof resourceType === 'string' && !CARRIERS.has(resourceType)) return [node as Resource];
  return ['entry', 'parameter', 'part', 'resource'].flatMap((name) => resourcesIn(node[name]));
}

/** The ids of the patients to whom references point, outside of the resources that are carried. */
export function patientsNamed(node: unknown): Set<string> {
  const found = new Set<string>();
  collect(node, found, true);
  return found;
}

function collect(node: unknown, found: Set<string>, isTop: boolean): void {
  if (Array.isArray(node)) {
    for (const one of node) collect(one, found, isTop);
    return;
  }
  if (!isObject(node)) return;
  const isCarried = !isTop && typeof node['resourceType'] === 'string' && !CARRIERS.has(node['resourceType']);
  if (isCarried) return;
  const reference = referenceOf(node['reference']);
  if (reference?.type === 'Patient') found.add(reference.id);
  for (const value of Object.values(node)) collect(value, found, false);
}

function isObject(node: unknown): node is Record<string, unknown> {
  return typeof node === 'object' && node !== null;
}
