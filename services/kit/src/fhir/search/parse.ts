import { Invalid } from '../../http/errors.ts';
import type { FieldFault } from '../../http/errors.ts';
import type { SearchFilter, SearchParameter, SearchValue } from '../search.ts';
import type { Pair } from './pairs.ts';
import { pathOf } from './readings.ts';
import { parseResultParameter } from './result-parameters.ts';
import type { Read, ResultParameters } from './result-parameters.ts';
import { parseValue, splitEscaped } from './values.ts';
import type { ValueContext } from './values.ts';

/** What every resource type can be searched by (hl7.org/fhir/R4/search.html#all). */
export const COMMON_PARAMETERS: Readonly<Record<string, SearchParameter>> = {
  _id: {
    type: 'token',
    documentation: 'The logical id.',
    definition: 'http://hl7.org/fhir/SearchParameter/Resource-id',
    sortable: true,
  },
  _lastUpdated: {
    type: 'date',
    documentation: 'When the resource last changed.',
    definition: 'http://hl7.org/fhir/SearchParameter/Resource-lastUpdated',
    sortable: true,
  },
};

/** A search as its parameters say. */
export interface ParsedSearch extends ResultParameters {
  readonly filters: readonly SearchFilter[];
  /** What was understood, for the `self` link. */
  readonly used: readonly Pair[];
}

export interface SearchContext {
  readonly searchParameters: Readonly<Record<string, SearchParameter>>;
  readonly base: string;
  /** Ignores what is not known instead of refusing it (`Prefer: handling=lenient`). */
  readonly isLenient: boolean;
}

/** Of one parameter, any of which may be it. */
const MOST_VALUES = 100;

/**
 * Reads the parameters of a search.
 * @throws Invalid (400) naming each parameter that is unknown or has a value that is none of its type
 */
export function parseSearch(pairs: readonly Pair[], context: SearchContext): ParsedSearch {
  const faults: FieldFault[] = [];
  const filters: SearchFilter[] = [];
  const used: Pair[] = [];
  const result: Partial<Record<keyof ResultParameters, unknown>> = {};
  const parameters = { ...context.searchParameters, ...COMMON_PARAMETERS };
  for (const pair of pairs) {
    const read = parseResultParameter(pair, parameters) ?? parseFilter(pair, parameters, context.base);
    if ('fault' in read) {
      if (!(context.isLenient && read.isUnknown === true))
        faults.push({ path: pathOf(pair), message: read.fault });
      continue;
    }
    used.push(pair);
    if ('filter' in read) filters.push(read.filter);
    else merge(result, read.result);
  }
  if (faults.length > 0) throw new Invalid(faults);
  return { ...DEFAULTS, ...(result as Partial<ResultParameters>), filters, used };
}

const DEFAULTS: ResultParameters = {
  count: 20,
  sort: [],
  total: 'none',
  summary: 'false',
  includes: [],
  revincludes: [],
};

/** `_include` may be repeated; of all others the last one counts. */
function merge(
  into: Partial<Record<keyof ResultParameters, unknown>>,
  part: Partial<ResultParameters>,
): void {
  for (const [name, value] of Object.entries(part) as [keyof ResultParameters, unknown][]) {
    const known = into[name];
    into[name] =
      name.endsWith('includes') && Array.isArray(known)
        ? [...(known as unknown[]), ...(value as unknown[])]
        : value;
  }
}

function parseFilter(
  { name: fullName, value }: Pair,
  parameters: Readonly<Record<string, SearchParameter>>,
  base: string,
): Read {
  const [name = '', modifier, ...others] = fullName.split(':');
  const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (!parameter) return { fault: 'this search parameter is not known', isUnknown: true };
  if (others.length > 0 || !isServed(parameter, modifier)) return { fault: 'this modifier is not known' };
  if (modifier === 'missing') return missing(name, value);
  const values = valuesOf(value, { parameter, modifier, base });
  if ('fault' in values) return values;
  // the type in `patient:Patient` is in the values now
  const rest = modifier === undefined || isTarget(parameter, modifier) ? {} : { modifier };
  return { filter: { name, ...rest, values } };
}

function valuesOf(text: string, context: ValueContext): SearchValue[] | { readonly fault: string } {
  const texts = splitEscaped(text, ',');
  if (texts.length > MOST_VALUES) return { fault: `at most ${String(MOST_VALUES)} values` };
  const values = texts.map((one) => parseValue(one, context)).filter((value) => value !== undefined);
  if (values.length < texts.length) return { fault: `not a value of the type ${context.parameter.type}` };
  return values;
}

function missing(name: string, value: string): Read {
  if (value !== 'true' && value !== 'false') return { fault: 'true or false' };
  return { filter: { name, modifier: 'missing', values: [{ type: 'token', code: value }] } };
}

function isServed(parameter: SearchParameter, modifier: string | undefined): boolean {
  if (modifier === undefined) return true;
  return (parameter.modifiers ?? []).includes(modifier) || isTarget(parameter, modifier);
}

function isTarget(parameter: SearchParameter, modifier: string): boolean {
  return parameter.type === 'reference' && (parameter.targets ?? []).includes(modifier);
}
