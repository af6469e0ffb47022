import type { Document, Filter, Sort } from 'mongodb';
import { z } from 'zod';
import { Invalid } from '../../http/errors.ts';
import { decodeCursor, encodeCursor } from '../../http/page.ts';
import type { SearchPage, SearchQuery } from '../search.ts';
import { valuesAt } from '../references.ts';
import { allOf, anyOf } from './constraint-to-mongo.ts';

/** The path by which a search parameter sorts: one value a document, or none. */
export type SortPaths = Readonly<Record<string, string>>;

interface SortKey {
  readonly path: string;
  readonly descending: boolean;
}

/** A page by keyset: what follows the last document of the page before, however many were added meanwhile. */
export interface Keyset {
  readonly sort: Sort;
  /** ANDed into the query. */
  readonly after: Filter<Document>;
  /** One more than the page has: the extra one only tells that there is more. */
  readonly limit: number;
  /** Cuts what was read to the page. */
  page<D extends Document, R>(documents: readonly D[], resourceOf: (document: D) => R): SearchPage<R>;
}

type Value = string | number | null | { readonly date: number };

const value = z.union([z.string().max(512), z.number(), z.null(), z.strictObject({ date: z.number() })]);
const cursorSchema = z.tuple([z.string().max(256), z.array(value).min(1).max(8)]);

/**
 * The keyset of a search; `_id` breaks ties.
 * @throws Invalid (400) for a cursor of another search or another order
 */
export function keysetOf(query: Pick<SearchQuery, 'sort' | 'count' | 'cursor'>, paths: SortPaths): Keyset {
  const keys: SortKey[] = query.sort.map(({ name, descending }) => {
    const path = paths[name];
    if (path === undefined)
      throw new Invalid([{ path: 'http._sort', message: 'this search does not sort by that' }]);
    return { path, descending };
  });
  if (!keys.some(({ path }) => path === '_id')) keys.push({ path: '_id', descending: false });
  const signature = keys.map(({ path, descending }) => `${descending ? '-' : ''}${path}`).join(',');
  return {
    sort: Object.fromEntries(keys.map(({ path, descending }) => [path, descending ? -1 : 1])),
    after: query.cursor === undefined ? {} : afterOf(query.cursor, keys, signature),
    limit: query.count + 1,
    page(documents, resourceOf) {
      const shown = documents.slice(0, query.count);
      const last = shown.at(-1);
      const resources = shown.map(resourceOf);
      if (documents.length <= query.count || last === undefined) return { resources };
      const values = keys.map(({ path }) => encoded(valuesAt(last, path)[0]));
      return { resources, next: encodeCursor([signature, values] as never) };
    },
  };
}

function afterOf(cursor: string, keys: readonly SortKey[], signature: string): Filter<Document> {
  const [of, values] = read(cursor);
  if (of !== signature || values.length !== keys.length) throw notACursor();
  return anyOf(
    keys.map((key, index) => {
      const equal = keys.slice(0, index).map(({ path }, at) => ({ [path]: decoded(values[at] ?? null) }));
      const beyond = beyondOf(key, decoded(values[index] ?? null));
      return beyond ? allOf([...equal, beyond]) : { _id: { $in: [] } };
    }),
  );
}

/** MongoDB sorts what has no value before all others. */
function beyondOf({ path, descending }: SortKey, last: unknown): Filter<Document> | undefined {
  if (last === null) return descending ? undefined : { [path]: { $ne: null } };
  return descending ? { $or: [{ [path]: { $lt: last } }, { [path]: null }] } : { [path]: { $gt: last } };
}

function encoded(one: unknown): Value {
  if (one instanceof Date) return { date: one.getTime() };
  return typeof one === 'string' || typeof one === 'number' ? one : null;
}

function decoded(one: Value): unknown {
  return typeof one === 'object' && one !== null ? new Date(one.date) : one;
}

function read(cursor: string): z.infer<typeof cursorSchema> {
  try {
    return decodeCursor(cursorSchema, cursor);
  } catch {
    throw notACursor();
  }
}

function notACursor(): Invalid {
  return new Invalid([{ path: 'http._cursor', message: 'not a cursor of this search' }]);
}
