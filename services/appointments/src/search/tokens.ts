import type { SearchFilter } from '../kit-fhir.ts';

/** The codes of a token filter; one with a system counts where it is the system of these codes. */
export function codesOf(filter: SearchFilter, system: string): string[] {
  return filter.values.flatMap((value) => {
    if (value.type !== 'token' || value.code === undefined) return [];
    return value.system === undefined || value.system === system ? [value.code] : [];
  });
}
