import { randomInt } from 'node:crypto';
import type { Resource, SearchFilter } from '@careplane/kit';
import type { Document, Filter } from 'mongodb';
import { begins, familyOf } from './plain.ts';

/** One kind of search, over encrypted patients and over the same in plain. */
export interface Search {
  readonly what: string;
  /** For one of the patients. */
  readonly of: (one: Resource) => Filters;
}

interface Filters {
  readonly filters: readonly SearchFilter[];
  readonly plain: Filter<Document>;
}

const DAY_MS = 86_400_000;

const text = (name: string, value: string): SearchFilter => ({ name, values: [{ type: 'string', value }] });
const bornOf = (one: Resource): string => one['birthDate'] as string;
const born = (one: Resource): SearchFilter => {
  const start = Date.parse(`${bornOf(one)}T00:00:00Z`);
  return { name: 'birthdate', values: [{ type: 'date', comparison: 'eq', start, end: start + DAY_MS }] };
};
const letters = (one: Resource): string => familyOf(one).slice(0, 3);

function byIdentifier(one: Resource): Filters {
  const [identifier] = one['identifier'] as { system: string; value: string }[];
  const { system = '', value: code = '' } = identifier ?? {};
  return {
    filters: [{ name: 'identifier', values: [{ type: 'token', system, code }] }],
    plain: { 'resource.identifier.value': code },
  };
}

export const SEARCHES: readonly Search[] = [
  {
    what: 'family',
    of: (one) => ({ filters: [text('family', familyOf(one))], plain: begins(familyOf(one)) }),
  },
  {
    what: 'family, 3 letters',
    of: (one) => ({ filters: [text('family', letters(one))], plain: begins(letters(one)) }),
  },
  {
    what: 'family, 3 letters, and birthdate',
    of: (one) => ({
      filters: [text('family', letters(one)), born(one)],
      plain: { ...begins(letters(one)), 'resource.birthDate': bornOf(one) },
    }),
  },
  {
    what: 'gender and family',
    of: (one) => ({
      filters: [
        { name: 'gender', values: [{ type: 'token', code: 'female' }] },
        text('family', familyOf(one)),
      ],
      plain: { ...begins(familyOf(one)), 'resource.gender': 'female' },
    }),
  },
  {
    what: 'identifier',
    of: byIdentifier,
  },
];

export function oneOf<T>(items: readonly T[]): T {
  const item = items[randomInt(items.length)];
  if (item === undefined) throw new Error('there are none');
  return item;
}
