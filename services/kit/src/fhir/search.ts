import type { Constraint } from '@careplane/access';

/** The types of search parameters that are served (hl7.org/fhir/R4/search.html#ptypes). */
export type SearchParameterType = 'token' | 'string' | 'date' | 'reference' | 'number' | 'uri';

/** One search parameter of a resource type, as the CapabilityStatement lists it. */
export interface SearchParameter {
  readonly type: SearchParameterType;
  readonly documentation: string;
  /** Canonical URL of FHIR's own definition; absent for one of ours. */
  readonly definition?: string;
  /** Modifiers that are served, such as `exact`, `contains`, `missing`, `not`; others are refused with 400. */
  readonly modifiers?: readonly string[];
  /** Types that a reference may have. */
  readonly targets?: readonly string[];
  /** Where the element is in the resource, such as `participant.actor`: what `_include` follows. Lists are walked. */
  readonly paths?: readonly string[];
  /** Whether the store sorts by it. Default false. */
  readonly sortable?: boolean;
}

/** A search value, parsed by its parameter's type. */
export type SearchValue =
  | { readonly type: 'token'; readonly system?: string; readonly code?: string }
  | { readonly type: 'string' | 'uri'; readonly value: string }
  | { readonly type: 'reference'; readonly target?: string; readonly id: string }
  | { readonly type: 'number'; readonly comparison: Comparison; readonly value: number }
  /** The interval that a date of its precision covers, `[start, end)` in epoch milliseconds. */
  | { readonly type: 'date'; readonly comparison: Comparison; readonly start: number; readonly end: number };

export type Comparison = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

/** `name:modifier=a,b`: any of the values. Several of one name must all hold. */
export interface SearchFilter {
  readonly name: string;
  readonly modifier?: string;
  readonly values: readonly SearchValue[];
}

/** A search as it reaches a store: parsed, bounded, and with the constraint that must be ANDed into its query. */
export interface SearchQuery {
  readonly filters: readonly SearchFilter[];
  readonly constraint: Constraint;
  /** The parameters to sort by, in order. */
  readonly sort: readonly { readonly name: string; readonly descending: boolean }[];
  /** Resources a page, 0 to 100; 0 asks for the total only. */
  readonly count: number;
  /** Where the page begins, as `SearchPage.next` of the page before. */
  readonly cursor?: string;
  /** Whether the total is asked for (`_total=accurate`, `_summary=count`). It counts within the constraint. */
  readonly wantsTotal: boolean;
}

/** A page of matches, in order. */
export interface SearchPage<R> {
  readonly resources: readonly R[];
  /** Opaque; absent on the last page. */
  readonly next?: string;
  readonly total?: number;
}
