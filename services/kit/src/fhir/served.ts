import type { ResourceDefinition } from './definition.ts';
import type { SearchParameter } from './search.ts';
import { COMMON_PARAMETERS } from './search/parse.ts';

/** All that a type is searched by. */
export function allParameters({
  searchParameters,
  servesCommonParameters = true,
}: ResourceDefinition): Readonly<Record<string, SearchParameter>> {
  return servesCommonParameters ? { ...COMMON_PARAMETERS, ...searchParameters } : searchParameters;
}

/** Whether a create may say `If-None-Exist`. */
export function servesConditionalCreate({ store }: ResourceDefinition): boolean {
  return store.create !== undefined && store.search !== undefined;
}
