import type { Document, Filter } from 'mongodb';
import { Invalid } from '../../http/errors.ts';
import type { SearchFilter, SearchQuery, SearchValue } from '../search.ts';
import { allOf, anyOf, constraintToMongo } from './constraint-to-mongo.ts';
import type { AttributeMap } from './constraint-to-mongo.ts';
import { normalizeText } from './normalize.ts';

/** Where the documents of a collection keep what a search parameter looks at, and in which form. */
export type SearchField =
  /** A plain code, boolean or id. `system`: the one that a `system|code` may name. */
  | { readonly as: 'code'; readonly paths: readonly string[]; readonly system?: string }
  | { readonly as: 'boolean'; readonly paths: readonly string[] }
  /** Lists of objects `{ system, code }`: `category.coding` of one CodeableConcept, or what the store collects of several. */
  | { readonly as: 'coding'; readonly paths: readonly string[] }
  /** Lists of objects `{ system, value }`: Identifier, ContactPoint. */
  | { readonly as: 'identifier'; readonly paths: readonly string[] }
  /** Texts made by `normalizeText`; `exact`: the same as they were sent, for `:exact`. */
  | { readonly as: 'text'; readonly paths: readonly string[]; readonly exact?: readonly string[] }
  | { readonly as: 'uri' | 'number'; readonly paths: readonly string[] }
  /** `Type/id` in the document; with `type` the bare id of that type. */
  | { readonly as: 'reference'; readonly paths: readonly string[]; readonly type?: string }
  /** A BSON date, or an RFC 3339 text in UTC with milliseconds. */
  | { readonly as: 'instant' | 'instantText'; readonly paths: readonly string[] }
  /** An object `{ start, end }` of BSON dates, `[start, end)`, as `intervalOf` makes it of a partial date or a Period. */
  | { readonly as: 'interval'; readonly paths: readonly string[] }
  /** For what only the store knows, such as blind indexes. */
  | { readonly as: 'own'; readonly filter: (filter: SearchFilter) => Filter<Document> };

export interface MongoMap {
  readonly fields: Readonly<Record<string, SearchField>>;
  readonly attributes: AttributeMap;
}

/**
 * The MongoDB filter of a search: every filter of the caller and, always, the constraint.
 * @throws Invalid (400) for a parameter that the map has not
 */
export function toMongoFilter(
  { filters, constraint }: Pick<SearchQuery, 'filters' | 'constraint'>,
  map: MongoMap,
): Filter<Document> {
  return allOf([
    constraintToMongo(constraint, map.attributes),
    ...filters.map((one) => filterToMongo(one, map)),
  ]);
}

function filterToMongo(filter: SearchFilter, { fields }: MongoMap): Filter<Document> {
  const field = Object.hasOwn(fields, filter.name) ? fields[filter.name] : undefined;
  if (!field) throw new Invalid([{ path: `http.${filter.name}`, message: 'this is not searched by' }]);
  if (field.as === 'own') return field.filter(filter);
  if (filter.modifier === 'missing') return missing(field.paths, filter.values);
  const matching = anyOf(filter.values.flatMap((value) => valueToMongo(value, field, filter.modifier)));
  return filter.modifier === 'not' ? { $nor: [matching] } : matching;
}

function missing(paths: readonly string[], [value]: readonly SearchValue[]): Filter<Document> {
  const isMissing = value?.type === 'token' && value.code === 'true';
  // null also matches what is absent; an empty list is absent, too
  const absent = allOf(paths.map((path) => ({ [path]: { $in: [null, []] } })));
  return isMissing ? absent : { $nor: [absent] };
}

type PathField = Exclude<SearchField, { as: 'own' }>;

function valueToMongo(
  value: SearchValue,
  field: PathField,
  modifier: string | undefined,
): Filter<Document>[] {
  switch (value.type) {
    case 'token':
      return tokenToMongo(value, field);
    case 'string':
    case 'uri':
      return textToMongo(value.value, field, modifier);
    case 'reference':
      return referenceToMongo(value, field);
    case 'number':
      return field.paths.map((path) => ({ [path]: compared(value.comparison, value.value) }));
    case 'date':
      return dateToMongo(value, field);
  }
}

function tokenToMongo(token: Extract<SearchValue, { type: 'token' }>, field: PathField): Filter<Document>[] {
  const { system, code } = token;
  switch (field.as) {
    case 'coding':
      return field.paths.map((path) => pairToMongo(path, { system, code }));
    case 'identifier':
      return field.paths.map((path) => pairToMongo(path, { system, value: code }));
    case 'boolean':
      return code === 'true' || code === 'false'
        ? field.paths.map((path) => ({ [path]: code === 'true' }))
        : [];
    case 'code':
      return codeToMongo(token, field);
    default:
      return [];
  }
}

function codeToMongo(
  { system, code }: Extract<SearchValue, { type: 'token' }>,
  field: Extract<SearchField, { as: 'code' }>,
): Filter<Document>[] {
  if (system !== undefined && system !== (field.system ?? '')) return [];
  return field.paths.map((path) => ({ [path]: code ?? { $exists: true } }));
}

/** One object of the list must have both; an empty system means that it has none. */
function pairToMongo(path: string, pair: Readonly<Record<string, string | undefined>>): Filter<Document> {
  const wanted = Object.entries(pair).filter(([, value]) => value !== undefined);
  const conditions = wanted.map(([key, value]) => [key, key === 'system' && value === '' ? null : value]);
  return { [path]: { $elemMatch: Object.fromEntries(conditions) as Document } };
}

function textToMongo(text: string, field: PathField, modifier: string | undefined): Filter<Document>[] {
  if (field.as !== 'text') return field.paths.map((path) => ({ [path]: text }));
  if (modifier === 'exact') return (field.exact ?? field.paths).map((path) => ({ [path]: text }));
  const pattern = normalizeText(text).replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
  const anchored = modifier === 'contains' ? pattern : `^${pattern}`;
  return field.paths.map((path) => ({ [path]: { $regex: anchored } }));
}

function referenceToMongo(
  { target, id }: Extract<SearchValue, { type: 'reference' }>,
  field: PathField,
): Filter<Document>[] {
  const type = field.as === 'reference' ? field.type : undefined;
  if (type !== undefined)
    return target === undefined || target === type ? field.paths.map((path) => ({ [path]: id })) : [];
  const value = target === undefined ? { $regex: `/${id.replaceAll('.', '\\.')}$` } : `${target}/${id}`;
  return field.paths.map((path) => ({ [path]: value }));
}

const OPERATORS = {
  eq: '$eq',
  ne: '$ne',
  gt: '$gt',
  sa: '$gt',
  lt: '$lt',
  eb: '$lt',
  ge: '$gte',
  le: '$lte',
} as const;

function compared(
  comparison: Extract<SearchValue, { type: 'number' }>['comparison'],
  value: number,
): Document {
  if (comparison === 'ap')
    return { $gte: value - Math.abs(value) * 0.1, $lte: value + Math.abs(value) * 0.1 };
  return { [OPERATORS[comparison]]: value };
}

type DateValue = Extract<SearchValue, { type: 'date' }>;

function dateToMongo(value: DateValue, field: PathField): Filter<Document>[] {
  if (field.as === 'interval') return field.paths.map((path) => intervalToMongo(path, value));
  const bound = (at: number): unknown =>
    field.as === 'instantText' ? new Date(at).toISOString() : new Date(at);
  return field.paths.map((path) => ({ [path]: instantToMongo(value, bound) }));
}

/** How an instant compares with the interval that the caller's precision covers (hl7.org/fhir/R4/search.html#prefix). */
function instantToMongo({ comparison, start, end }: DateValue, bound: (at: number) => unknown): Document {
  switch (comparison) {
    case 'eq':
      return { $gte: bound(start), $lt: bound(end) };
    case 'ne':
      return { $not: { $gte: bound(start), $lt: bound(end) } };
    case 'gt':
    case 'sa':
      return { $gte: bound(end) };
    case 'ge':
      return { $gte: bound(start) };
    case 'lt':
    case 'eb':
      return { $lt: bound(start) };
    case 'le':
      return { $lt: bound(end) };
    case 'ap': {
      const margin = marginOf(start);
      return { $gte: bound(start - margin), $lt: bound(end + margin) };
    }
  }
}

/** A tenth of the time between now and the date, as FHIR proposes. */
function marginOf(start: number): number {
  return Math.abs(Date.now() - start) * 0.1;
}

/** An interval of the resource against that of the caller; one without an end is open. */
function intervalToMongo(path: string, { comparison, start, end }: DateValue): Filter<Document> {
  const [from, to] = [`${path}.start`, `${path}.end`];
  const at = (time: number): Date => new Date(time);
  const endsAfter = (time: number): Filter<Document> => ({
    [from]: { $exists: true },
    $or: [{ [to]: { $gt: at(time) } }, { [to]: null }],
  });
  switch (comparison) {
    case 'eq':
      return { [from]: { $gte: at(start) }, [to]: { $lte: at(end), $ne: null } };
    case 'ne':
      return { $nor: [{ [from]: { $gte: at(start) }, [to]: { $lte: at(end), $ne: null } }] };
    case 'gt':
      return endsAfter(end);
    case 'ge':
      return endsAfter(start);
    case 'sa':
      return { [from]: { $gte: at(end) } };
    case 'lt':
      return { [from]: { $lt: at(start) } };
    case 'le':
      return { [from]: { $lt: at(end) } };
    case 'eb':
      return { [to]: { $lte: at(start), $ne: null } };
    case 'ap': {
      const margin = marginOf(start);
      return { [from]: { $lt: at(end + margin) }, ...endsAfter(start - margin) };
    }
  }
}
