import type { Constraint } from '@careplane/access';
import { blindQuery, constraintToMongo, Invalid, Unprocessable } from '@careplane/kit';
import type { AttributeMap, BlindIndex, SearchFilter, SearchQuery, SearchValue } from '@careplane/kit';
import type { PersonKind } from './kinds/kind.ts';

/** A query of the database: plain data. */
export type Query = Readonly<Record<string, unknown>>;

const MOST_FILTERS = 16;
const NOTHING: Query = { _id: { $in: [] } };

/** The query of a search: every parameter and the constraint of the decision. The most selective parameter comes first. */
export function searchQuery(
  kind: PersonKind,
  index: BlindIndex,
  { filters, constraint }: Pick<SearchQuery, 'filters' | 'constraint'>,
): Query {
  if (filters.length > MOST_FILTERS) throw new Unprocessable('The search has too many parameters');
  const clauses = [...filters]
    .sort((a, b) => selectivityOf(kind, b.name) - selectivityOf(kind, a.name))
    .map((filter) => clauseOf(kind, index, filter));
  return allOf([...clauses, constraintQuery(kind, constraint)]);
}

function selectivityOf(kind: PersonKind, name: string): number {
  return name === '_id' ? 10 : (kind.parameters[name]?.selectivity ?? 0);
}

function clauseOf(kind: PersonKind, index: BlindIndex, filter: SearchFilter): Query {
  const { name, values } = filter;
  if (name === '_id') {
    return { _id: { $in: values.flatMap((value) => ('code' in value ? [value.code ?? ''] : [])) } };
  }
  if (name === '_lastUpdated') return anyOf(values.map(updatedClause));
  const parameter = kind.parameters[name];
  if (!parameter)
    throw new Invalid([{ path: `http.${name}`, message: 'not a search parameter of this type' }]);
  return blindQuery(index, parameter, filter);
}

/** An instant lies in an interval, before or after it. */
function updatedClause(value: SearchValue): Query {
  if (value.type !== 'date') return NOTHING;
  const [start, end] = [new Date(value.start), new Date(value.end)];
  switch (value.comparison) {
    case 'gt':
    case 'sa':
      return { updatedAt: { $gte: end } };
    case 'ge':
      return { updatedAt: { $gte: start } };
    case 'lt':
    case 'eb':
      return { updatedAt: { $lt: start } };
    case 'le':
      return { updatedAt: { $lt: end } };
    case 'ne':
      return { $or: [{ updatedAt: { $lt: start } }, { updatedAt: { $gte: end } }] };
    default:
      return { updatedAt: { $gte: start, $lt: end } };
  }
}

/** A constraint as a part of a query. */
export function constraintQuery(kind: PersonKind, constraint: Constraint): Query {
  return constraintToMongo(constraint, attributeMap(kind));
}

/** Where records keep what decisions look at. A resource's own id is an attribute of its type, too. */
function attributeMap({ type }: PersonKind): AttributeMap {
  const ownId = [{ path: '_id' }];
  return {
    id: ownId,
    patient: type === 'Patient' ? ownId : [{ path: 'access.patient' }],
    practitioner: type === 'Practitioner' ? ownId : [{ path: 'access.practitioner' }],
    organization: [{ path: 'access.organization' }],
    category: 'none',
    dataClass: [{ path: 'access.dataClass' }],
    author: 'none',
  };
}

export function allOf(clauses: readonly Query[]): Query {
  const real = clauses.filter((clause) => Object.keys(clause).length > 0);
  return real.length <= 1 ? (real[0] ?? {}) : { $and: real };
}

function anyOf(clauses: readonly Query[]): Query {
  if (clauses.length === 0) return NOTHING;
  return clauses.length === 1 ? (clauses[0] ?? NOTHING) : { $or: clauses };
}
