import type { z } from 'zod';
import { Invalid } from './errors.ts';

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
  if (!parsed.success) throw new Invalid([{ path: 'http._cursor', message: 'not a cursor of this search' }]);
  return parsed.data;
}

function readJson(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined; // fails the schema
  }
}
