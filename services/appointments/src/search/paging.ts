import { decodeCursor, encodeCursor } from '@careplane/kit';
import type { Collection } from '@careplane/kit';
import type { SearchQuery } from '../kit-fhir.ts';
import type { Document, Filter } from 'mongodb';
import { z } from 'zod';

/** A document that is listed by its start. */
export interface Listed {
  readonly _id: string;
  readonly start: number;
  readonly created: Date;
  readonly updated?: Date;
}

/** By what lists are sorted: the name of the search parameter, and where it is in the document. */
const FIELDS = { date: 'start', _id: '_id', _lastUpdated: 'updated' } as const;
type SortField = (typeof FIELDS)[keyof typeof FIELDS];

const cursorSchema = z.tuple([z.union([z.number(), z.string()]), z.string()]);

/** A page of a search, and the total where it is asked for. */
export interface ListedPage<T> {
  readonly documents: readonly T[];
  readonly next?: string;
  readonly total?: number;
}

/** A page of the documents within a condition, in the order that was asked for, or the latest start first. */
export async function pageOfListed<T extends Listed>(
  collection: Collection<T>,
  condition: Filter<Document>,
  query: Pick<SearchQuery, 'sort' | 'count' | 'cursor' | 'wantsTotal'>,
): Promise<ListedPage<T>> {
  const { field, direction } = orderOf(query.sort);
  const total = query.wantsTotal ? { total: await collection.count(condition) } : {};
  if (query.count === 0) return { documents: [], ...total };
  const read = await collection.find(
    { $and: [condition, behind(query.cursor, field, direction)] },
    { sort: orderBy(field, direction), limit: query.count + 1 },
  );
  const documents = read.slice(0, query.count) as unknown as T[];
  const last = documents.at(-1);
  if (read.length <= query.count || last === undefined) return { documents, ...total };
  return { documents, next: encodeCursor([placeOf(last, field), last._id]), ...total };
}

function orderOf(sort: SearchQuery['sort']): { field: SortField; direction: 1 | -1 } {
  // What follows the first would only order what has the same start: there the id decides.
  const [first] = sort;
  const name = first && Object.hasOwn(FIELDS, first.name) ? (first.name as keyof typeof FIELDS) : undefined;
  if (first === undefined || name === undefined) return { field: 'start', direction: -1 };
  return { field: FIELDS[name], direction: first.descending ? -1 : 1 };
}

function orderBy(field: SortField, direction: 1 | -1): Record<string, 1 | -1> {
  return field === '_id' ? { _id: direction } : { [field]: direction, _id: direction };
}

function placeOf(document: Listed, field: SortField): number | string {
  if (field === 'start') return document.start;
  return field === '_id' ? document._id : (document.updated ?? document.created).getTime();
}

/** What comes after a cursor. The range bounds the scan of the index; the alternative leaves out what was shown. */
function behind(cursor: string | undefined, field: SortField, direction: 1 | -1): Filter<Document> {
  if (cursor === undefined) return {};
  const [place, id] = decodeCursor(cursorSchema, cursor);
  const [past, from] = direction === 1 ? ['$gt', '$gte'] : ['$lt', '$lte'];
  if (field === '_id') return { _id: { [past]: id } };
  const value = field === 'updated' ? new Date(Number(place)) : Number(place);
  return { [field]: { [from]: value }, $or: [{ [field]: { [past]: value } }, { _id: { [past]: id } }] };
}
