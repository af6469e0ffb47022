import type { SearchFilter, SearchParameter } from '../search.ts';
import type { Pair } from './pairs.ts';
import type { Reading } from './readings.ts';

/** `Appointment:patient`, and the type that the reference must have when it is said. */
export interface Include {
  readonly source: string;
  readonly parameter: string;
  readonly target?: string;
}

/** What a search says about its answer (hl7.org/fhir/R4/search.html#return). */
export interface ResultParameters {
  readonly count: number;
  readonly sort: readonly { readonly name: string; readonly descending: boolean }[];
  readonly total: 'none' | 'estimate' | 'accurate';
  readonly summary: 'true' | 'text' | 'data' | 'count' | 'false';
  readonly elements?: readonly string[];
  readonly includes: readonly Include[];
  readonly revincludes: readonly Include[];
  readonly cursor?: string;
}

/** A parameter that was understood, or why not. */
export type Read =
  | { readonly filter: SearchFilter }
  | { readonly result: Partial<ResultParameters> }
  | { readonly fault: string; readonly isUnknown?: boolean };

export const MOST_ON_A_PAGE = 100;

type Reader = (value: string, parameters: Readonly<Record<string, SearchParameter>>) => Read;

/** Four sort keys of the longest values that an index takes; a URL has room for it. */
const CURSOR = /^[\w.-]{1,4096}$/;

const READERS: Readonly<Record<string, Reader>> = {
  _count: (value) => {
    const { fault, count = 0 } = readCount(value);
    return fault === undefined ? { result: { count } } : { fault };
  },
  _sort: readSort,
  _total: (value) => oneOf(value, ['none', 'estimate', 'accurate'], (total) => ({ total })),
  _summary: (value) => oneOf(value, ['true', 'text', 'data', 'count', 'false'], (summary) => ({ summary })),
  _elements: readElements,
  _include: (value) => readInclude(value, (include) => ({ includes: [include] })),
  _revinclude: (value) => readInclude(value, (include) => ({ revincludes: [include] })),
  _cursor: (value) =>
    CURSOR.test(value) ? { result: { cursor: value } } : { fault: 'not a cursor of this search' },
  _format: () => ({ result: {} }),
  _pretty: () => ({ result: {} }),
};

/** Reads a parameter about the answer. @returns undefined when it is none */
export function parseResultParameter(
  { name, value }: Pair,
  parameters: Readonly<Record<string, SearchParameter>>,
): Read | undefined {
  const read = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
  return read?.(value, parameters);
}

function oneOf<T extends string>(
  value: string,
  values: readonly T[],
  result: (value: T) => Partial<ResultParameters>,
): Read {
  const known = values.find((one) => one === value);
  return known === undefined ? { fault: `one of ${values.join(', ')}` } : { result: result(known) };
}

/** `_count`: more than a page has is a page. */
export function readCount(value: string): Reading<{ readonly count: number }> {
  if (!/^\d{1,9}$/.test(value)) return { fault: 'a whole number, not negative' };
  return { count: Math.min(Number(value), MOST_ON_A_PAGE) };
}

function readSort(value: string, parameters: Readonly<Record<string, SearchParameter>>): Read {
  const sort = value.split(',').map((part) => ({
    name: part.replace(/^-/, ''),
    descending: part.startsWith('-'),
  }));
  const canSort = ({ name }: { name: string }): boolean =>
    Object.hasOwn(parameters, name) && parameters[name]?.sortable === true;
  if (sort.length > 4 || !sort.every(canSort)) return { fault: 'this search does not sort by that' };
  return { result: { sort } };
}

function readElements(value: string): Read {
  const elements = value.split(',').map((name) => name.trim());
  if (
    elements.length > 100 ||
    !elements.every((name) => /^(?:[A-Z][A-Za-z]{0,63}\.)?[a-z][A-Za-z]{0,63}$/.test(name))
  ) {
    return { fault: 'names of elements of the resource itself' };
  }
  return { result: { elements } };
}

function readInclude(value: string, result: (include: Include) => Partial<ResultParameters>): Read {
  const match = /^([A-Z][A-Za-z]{1,63}):([a-z_][a-z_-]{0,63})(?::([A-Z][A-Za-z]{1,63}))?$/.exec(value);
  const [, source, parameter, target] = match ?? [];
  if (source === undefined || parameter === undefined) return { fault: 'a type and a search parameter' };
  return { result: result({ source, parameter, ...(target === undefined ? {} : { target }) }) };
}
