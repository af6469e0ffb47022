import { decodeCursor, encodeCursor, Invalid, Unprocessable } from '@careplane/kit';
import type { Collection, SearchPage, SearchQuery, Stored } from '@careplane/kit';
import { z } from 'zod';
import { items, namesIn, textOf } from './elements.ts';
import type { HumanName } from './elements.ts';
import type { PersonKind } from './kinds/kind.ts';
import { UNINDEXED } from './person-record.ts';
import type { PersonRecord } from './person-record.ts';
import { allOf, searchQuery } from './search-filter.ts';
import type { Query } from './search-filter.ts';
import { openPersons } from './sealing.ts';
import type { Protection } from './sealing.ts';

interface Searched {
  readonly kind: PersonKind;
  readonly records: Collection<PersonRecord>;
  readonly protection: Protection;
}

type Sort = SearchQuery['sort'];

/**
 * What is encrypted has no order in the database, and a key to order by would tell of it: so many matches are decrypted and sorted here, which
 * are two of the largest pages, and more are refused.
 */
export const MOST_SORTED = 200;

/** A page of a search. */
export async function findPage(searched: Searched, query: SearchQuery): Promise<SearchPage<Stored>> {
  const { kind, records, protection } = searched;
  const filter = searchQuery(kind, protection.index, query);
  const total = query.wantsTotal || query.count === 0 ? await records.count(filter) : undefined;
  const counted = total === undefined ? {} : { total };
  if (query.count === 0) return { resources: [], ...counted };
  const page = isStored(query.sort)
    ? await storedOrder(searched, filter, query)
    : await decryptedOrder(searched, filter, query);
  return { ...page, ...counted };
}

function isStored(sort: Sort): boolean {
  return sort.every(({ name }) => name === '_id' || name === '_lastUpdated');
}

const idCursor = z.tuple([z.string().max(64)]);
const timeCursor = z.tuple([z.number().int(), z.string().max(64)]);

async function storedOrder(
  { kind, records, protection }: Searched,
  filter: Query,
  { sort, count, cursor }: SearchQuery,
): Promise<SearchPage<Stored>> {
  const [first] = sort;
  const direction = first?.descending === true ? -1 : 1;
  const byTime = first?.name === '_lastUpdated';
  const after = cursor === undefined ? {} : afterCursor(cursor, byTime, direction);
  const order = byTime ? ({ updatedAt: direction, _id: direction } as const) : ({ _id: direction } as const);
  const found = await records.find(allOf([filter, after]), { ...UNINDEXED, sort: order, limit: count + 1 });
  const page = found.slice(0, count);
  const last = page.at(-1);
  const resources = await openPersons(protection, kind, page);
  if (found.length <= count || !last) return { resources };
  const key = byTime ? [last.updatedAt.getTime(), last._id] : [last._id];
  return { resources, next: encodeCursor(key) };
}

function afterCursor(cursor: string, byTime: boolean, direction: 1 | -1): Query {
  const comparison = direction === 1 ? '$gt' : '$lt';
  if (!byTime) return { _id: { [comparison]: decodeCursor(idCursor, cursor)[0] } };
  const [time, id] = decodeCursor(timeCursor, cursor);
  const updatedAt = new Date(time);
  return { $or: [{ updatedAt: { [comparison]: updatedAt } }, { updatedAt, _id: { [comparison]: id } }] };
}

const placeCursor = z.tuple([z.number().int().min(0), z.string().max(64)]);

async function decryptedOrder(
  { kind, records, protection }: Searched,
  filter: Query,
  { sort, count, cursor }: SearchQuery,
): Promise<SearchPage<Stored>> {
  const found = await records.find(filter, { ...UNINDEXED, limit: MOST_SORTED + 1 });
  if (found.length > MOST_SORTED) {
    throw new Unprocessable(`More than ${String(MOST_SORTED)} resources match: narrow the search to sort it`);
  }
  const all = (await openPersons(protection, kind, found)).sort(orderOf(sort));
  const from = cursor === undefined ? 0 : placeAfter(all, decodeCursor(placeCursor, cursor));
  const resources = all.slice(from, from + count);
  const last = resources.at(-1);
  const more = from + count < all.length && last !== undefined;
  return more ? { resources, next: encodeCursor([from + count - 1, last.id]) } : { resources };
}

/** The place after the last one seen, wherever it is by now; its sort key would be personal data in a URL. */
function placeAfter(all: readonly Stored[], [place, id]: readonly [number, string]): number {
  const at = all.findIndex((resource) => resource.id === id);
  return (at === -1 ? place : at) + 1;
}

function orderOf(sort: Sort): (a: Stored, b: Stored) => number {
  const keys = sort.map(({ name, descending }) => ({ of: keyOf(name), sign: descending ? -1 : 1 }));
  return (a, b) => {
    for (const { of, sign } of keys) {
      const order = compare(of(a), of(b)) * sign;
      if (order !== 0) return order;
    }
    return compare(a.id, b.id);
  };
}

const collator = new Intl.Collator('en', { sensitivity: 'base', numeric: true });

function compare(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : Number(a > b));
}

/** Search parameters that sort, and by what. */
const SORT_KEYS: Readonly<Record<string, (resource: Stored) => string>> = {
  _id: ({ id }) => id,
  _lastUpdated: ({ meta }) => meta.lastUpdated,
  birthdate: (resource) => textOf(resource, 'birthDate') ?? '',
  family: (resource) => nameKey(resource),
  given: (resource) => namesIn(resource)[0]?.given?.join(' ') ?? '',
  name: (resource) => nameKey(resource),
};

function keyOf(name: string): (resource: Stored) => string {
  const key = SORT_KEYS[name];
  if (!key) throw new Invalid([{ path: 'http._sort', message: 'this type is not sorted by that' }]);
  return key;
}

function nameKey(resource: Stored): string {
  const [name] = items(resource, 'name') as readonly (HumanName | string)[];
  if (typeof name === 'string') return name;
  return [name?.family, ...(name?.given ?? []), name?.text].filter((part) => part).join(' ');
}
