import { hiddenParameters } from '@careplane/access';
import type { ResourceDefinition } from './definition.ts';
import type { SearchParameter } from './search.ts';

/** The search parameters by which the caller learns nothing that is not shown to them. */
export function openParameters(
  { type, searchParameters }: ResourceDefinition,
  { without }: { readonly without: readonly string[] },
): Readonly<Record<string, SearchParameter>> {
  const hidden = new Set(hiddenParameters(type, without));
  if (hidden.size === 0) return searchParameters;
  return Object.fromEntries(Object.entries(searchParameters).filter(([name]) => !hidden.has(name)));
}
