import type { Attribute, Constraint } from '@careplane/access';
import type { Document, Filter } from 'mongodb';

/** Where documents keep the values of an attribute: a path to a value or a list of values. */
export interface AttributePath {
  readonly path: string;
  /** What stands before the id in the document, such as `Patient/`. */
  readonly prefix?: string;
}

/**
 * Where the documents of one collection keep each attribute. `'none'`: they never have a value of it. All are named, so that a
 * constraint on an attribute that nobody thought of cannot pass unseen.
 */
export type AttributeMap = Readonly<Record<Attribute, readonly AttributePath[] | 'none'>>;

/** Matches nothing. */
const NOTHING: Filter<Document> = { _id: { $in: [] } };

/** A constraint as a MongoDB filter: it matches exactly the documents whose attributes satisfy the constraint. */
export function constraintToMongo(constraint: Constraint, map: AttributeMap): Filter<Document> {
  switch (constraint.kind) {
    case 'all':
      return {};
    case 'none':
      return NOTHING;
    case 'in':
      return anyOf(membership(constraint, map, '$in'));
    case 'only':
      return allOf(onlyThese(constraint, map));
    case 'notIn':
      return allOf(membership(constraint, map, '$nin'));
    case 'and':
      return allOf(constraint.of.map((part) => constraintToMongo(part, map)));
    case 'or':
      return anyOf(constraint.of.map((part) => constraintToMongo(part, map)));
  }
}

function membership(
  { attribute, values }: Extract<Constraint, { kind: 'in' | 'notIn' }>,
  map: AttributeMap,
  operator: '$in' | '$nin',
): Filter<Document>[] {
  const paths = map[attribute];
  if (paths === 'none') return [];
  return paths.map(({ path, prefix = '' }) => ({
    [path]: { [operator]: values.map((value) => `${prefix}${value}`) },
  }));
}

/** A negation of "has another value": it holds where there is no value at all, too. */
function onlyThese(
  { attribute, values }: Extract<Constraint, { kind: 'only' }>,
  map: AttributeMap,
): Filter<Document>[] {
  const paths = map[attribute];
  if (paths === 'none') return [];
  return paths.map(({ path, prefix = '' }) => {
    const allowed = values.map((value) => `${prefix}${value}`);
    const isOneValue = { [path]: { $in: [...allowed, null] } };
    return allOf([
      { [path]: { $not: { $elemMatch: { $nin: allowed } } } },
      anyOf([isOneValue, { [path]: { $size: 0 } }]),
    ]);
  });
}

/** MongoDB refuses an empty `$and`. */
export function allOf(filters: readonly Filter<Document>[]): Filter<Document> {
  const parts = filters.filter((filter) => Object.keys(filter).length > 0);
  return parts.length > 1 ? { $and: parts } : (parts[0] ?? {});
}

export function anyOf(filters: readonly Filter<Document>[]): Filter<Document> {
  if (filters.some((filter) => Object.keys(filter).length === 0)) return {};
  return filters.length > 1 ? { $or: [...filters] } : (filters[0] ?? NOTHING);
}
