import type { Comparison, SearchFilter, SearchParameter, SearchValue } from '../fhir/search.ts';
import type { Term } from '../protection/blind-index.ts';
import { partialTermsAround, withinTerms } from '../protection/date-terms.ts';
import { exactTerm, startsWithTerms, telecomTerm, tokenTerm } from '../protection/text-terms.ts';

/** A search parameter over encrypted fields: as FHIR describes it, and the terms that a value asks for (any of them). */
export interface BlindParameter {
  readonly parameter: SearchParameter;
  /** How much it narrows a search: the most selective parameter leads the query. */
  readonly selectivity: number;
  terms(value: SearchValue, modifier: SearchFilter['modifier']): Term[];
}

const definition = (name: string): string => `http://hl7.org/fhir/SearchParameter/${name}`;

/** A text in any of the domains: begins with the value, or has a word that does; `:exact` the whole text. */
export function textParameter(
  domains: readonly string[],
  described: { readonly documentation: string; readonly definition?: string; readonly sortable?: true },
): BlindParameter {
  return {
    parameter: { type: 'string', modifiers: ['exact'], ...described },
    selectivity: 3,
    terms(value, modifier) {
      if (value.type !== 'string') return [];
      return domains.flatMap((domain) =>
        modifier === 'exact' ? [exactTerm(domain, value.value)] : startsWithTerms(domain, value.value),
      );
    },
  };
}

/** An identifier or a code: `system|code`, `code`, `|code`, `system|`. */
export function tokenParameter(
  domain: string,
  described: { readonly documentation: string; readonly definition?: string; readonly selectivity?: number },
): BlindParameter {
  const { selectivity = 5, ...rest } = described;
  return {
    parameter: { type: 'token', ...rest },
    selectivity,
    terms: (value) => (value.type === 'token' ? [tokenTerm(domain, value)] : []),
  };
}

/** An element with few codes; a system is not asked for, since FHIR binds it. */
export function codeParameter(domain: string, documentation: string, name?: string): BlindParameter {
  return {
    parameter: {
      type: 'token',
      documentation,
      ...(name === undefined ? {} : { definition: definition(name) }),
    },
    selectivity: 0,
    terms: (value) => (value.type === 'token' ? [[domain, value.code ?? '']] : []),
  };
}

const KINDS = ['phone', 'fax', 'email', 'pager', 'url', 'sms', 'other'] as const;

/** A number or an address of one kind, or of any. */
export function telecomParameter(
  domain: string,
  documentation: string,
  kind?: (typeof KINDS)[number],
): BlindParameter {
  const name = `individual-${kind ?? 'telecom'}`;
  return {
    parameter: { type: 'token', documentation, definition: definition(name) },
    selectivity: 5,
    terms(value) {
      if (value.type !== 'token' || value.code === undefined) return [];
      const { code, system } = value;
      const kinds = kind ? [kind] : KINDS.filter((one) => !system || one === system);
      return kinds.map((one) => telecomTerm(domain, one, code));
    },
  };
}

/** A date of any precision, with all comparisons. */
export function dateParameter(domain: string, documentation: string, name: string): BlindParameter {
  return {
    parameter: { type: 'date', documentation, definition: definition(name), sortable: true },
    selectivity: 4,
    terms(value) {
      if (value.type !== 'date') return [];
      return TERMS_OF[value.comparison](domain, value.start, value.end);
    },
  };
}

type Interval = (domain: string, start: number, end: number) => Term[];
const EVER = Date.UTC(2300, 0, 1);
const after: Interval = (domain, _start, end) => withinTerms(domain, end, EVER);
const before: Interval = (domain, start) => withinTerms(domain, -Infinity, start);

/** hl7.org/fhir/R4/search.html#prefix; a partial date is the period that it names. */
const TERMS_OF: Readonly<Record<Comparison, Interval>> = {
  eq: withinTerms,
  ne: (domain, start, end) => [...before(domain, start, end), ...after(domain, start, end)],
  gt: (domain, start, end) => [...after(domain, start, end), ...partialTermsAround(domain, end)],
  lt: (domain, start, end) => [...before(domain, start, end), ...partialTermsAround(domain, start - 1)],
  ge: (domain, start, end) => [...withinTerms(domain, start, EVER), ...partialTermsAround(domain, end)],
  le: (domain, start, end) => [
    ...withinTerms(domain, -Infinity, end),
    ...partialTermsAround(domain, start - 1),
  ],
  sa: after,
  eb: before,
  ap(domain, start, end) {
    const margin = Math.abs(Date.now() - start) / 10;
    const [from, to] = [start - margin, end + margin];
    return [
      ...withinTerms(domain, from, to),
      ...partialTermsAround(domain, from),
      ...partialTermsAround(domain, to),
    ];
  },
};

/** A reference to a resource of one type. */
export function referenceParameter(
  domain: string,
  targets: readonly string[],
  described: {
    readonly documentation: string;
    readonly definition: string;
    readonly paths: readonly string[];
  },
): BlindParameter {
  return {
    parameter: { type: 'reference', targets, ...described },
    selectivity: 2,
    terms(value) {
      if (value.type !== 'reference') return [];
      const types = value.target === undefined ? targets : targets.filter((type) => type === value.target);
      return types.map((type): Term => [domain, type, value.id]);
    },
  };
}
