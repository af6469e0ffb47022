import { z } from 'zod';
import { Invalid } from './errors.ts';

/** The query of every list: how many, and from which cursor on. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(512).optional(),
});

/** A page of a list; `next` is absent on the last one. */
export interface Page<T> {
  readonly items: T[];
  readonly next?: string;
}

/** An opaque cursor over the sort key of an item. It grants nothing: the query applies the policy again. */
export function encodeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/**
 * The sort key inside a cursor, checked against its schema so that no client-made object reaches a query.
 * @throws Invalid for a cursor that was not made here.
 */
export function decodeCursor<S extends z.ZodType>(schema: S, cursor: string): z.infer<S> {
  const parsed = schema.safeParse(readJson(cursor));
  if (!parsed.success) throw new Invalid([{ path: 'query.cursor', message: 'not a cursor of this list' }]);
  return parsed.data;
}

/**
 * A page from `limit + 1` items read: the extra one only tells that there is more.
 * @param keyOf the sort key of an item, as `decodeCursor` will read it.
 */
export function pageOf<T>(
  read: readonly T[],
  limit: number,
  keyOf: (item: T) => (string | number)[],
): Page<T> {
  const items = read.slice(0, limit);
  const last = items.at(-1);
  return read.length > limit && last !== undefined ? { items, next: encodeCursor(keyOf(last)) } : { items };
}

function readJson(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined; // fails the schema
  }
}
