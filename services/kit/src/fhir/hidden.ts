import { hiddenParameters, withoutElements } from '@careplane/access';
import type { ResourceDefinition } from './definition.ts';
import type { Resource } from './resource.ts';
import type { SearchParameter } from './search.ts';

/** A resource without the elements that the caller is not shown, also in the resources that it contains or carries. */
export function withoutHidden<R extends Resource>(resource: R, without: readonly string[]): R {
  return without.length === 0 ? resource : (strip(resource, without) as R);
}

function strip(node: unknown, without: readonly string[]): unknown {
  if (Array.isArray(node)) return node.map((item) => strip(item, without));
  if (typeof node !== 'object' || node === null) return node;
  const shown = 'resourceType' in node ? withoutElements(node as Resource, without) : node;
  return Object.fromEntries(Object.entries(shown).map(([name, value]) => [name, strip(value, without)]));
}

/** The search parameters by which the caller learns nothing that is not shown to them. */
export function openParameters(
  { type, searchParameters }: ResourceDefinition,
  { without }: { readonly without: readonly string[] },
): Readonly<Record<string, SearchParameter>> {
  const hidden = new Set(hiddenParameters(type, without));
  if (hidden.size === 0) return searchParameters;
  return Object.fromEntries(Object.entries(searchParameters).filter(([name]) => !hidden.has(name)));
}
