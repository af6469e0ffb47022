import type { Request } from 'express';
import { z } from 'zod';
import { Invalid } from '../../http/errors.ts';
import type { FieldFault } from '../../http/errors.ts';
import { bodyOf } from '../body.ts';
import { resourceFaults } from '../schema/faults.ts';

/** A transaction is one commit of the database, and a batch one request's time. */
export const MOST_ENTRIES = 500;

/** One request of a Bundle. */
export interface BundleEntry {
  readonly index: number;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly type: string;
  readonly id?: string;
  readonly versionId?: string;
  readonly isHistory: boolean;
  /** Path and query below the FHIR base. */
  readonly url: string;
  readonly fullUrl?: string;
  readonly resource?: unknown;
  readonly ifMatch?: string;
  readonly ifNoneExist?: string;
  readonly ifNoneMatch?: string;
}

export interface RequestBundle {
  readonly type: 'transaction' | 'batch';
  readonly entries: readonly BundleEntry[];
}

const text = z.string().min(1).max(4096);

/** What of a Bundle is read here; each resource is checked by its type's own schema. */
const bundleShape = z.looseObject({
  type: z.enum(['transaction', 'batch'], { error: 'transaction or batch' }),
  entry: z
    .array(
      z.looseObject({
        fullUrl: text.optional(),
        resource: z.unknown().optional(),
        request: z.looseObject({
          method: z.enum(['GET', 'POST', 'PUT', 'DELETE'], { error: 'GET, POST, PUT or DELETE' }),
          url: text,
          ifMatch: text.optional(),
          ifNoneExist: text.optional(),
          ifNoneMatch: text.optional(),
        }),
      }),
    )
    .max(MOST_ENTRIES, `at most ${String(MOST_ENTRIES)} entries`)
    .default([]),
});

const URL_OF_ENTRY =
  /^([A-Z][A-Za-z]{1,63})(?:\/([A-Za-z0-9.-]{1,64})(?:\/(_history)(?:\/([A-Za-z0-9.-]{1,64}))?)?)?(?:\?.*)?$/s;

/** The path of an entry, for errors. */
export function entryPath(index: number): string {
  return `Bundle.entry[${String(index)}]`;
}

/** The requests of a Bundle. @throws Invalid (400) naming all that is wrong with it as a Bundle; HttpProblem 415 */
export function bundleOfRequest(req: Request): RequestBundle {
  const body = bodyOf(req);
  if (body['resourceType'] !== 'Bundle')
    throw new Invalid([{ path: 'Bundle.resourceType', message: 'a Bundle is needed' }]);
  const parsed = bundleShape.safeParse(body);
  if (!parsed.success) throw new Invalid(resourceFaults('Bundle', parsed.error));
  const { type, entry } = parsed.data;
  const faults: FieldFault[] = [];
  const entries = entry.map(({ fullUrl, resource, request }, index): BundleEntry => {
    const { method, url, ifMatch, ifNoneExist, ifNoneMatch } = request;
    const [, named, id, history, versionId] = URL_OF_ENTRY.exec(url) ?? [];
    if (named === undefined || !isPossible(method, { id, history }))
      faults.push({ path: `${entryPath(index)}.request.url`, message: POSSIBLE[method] });
    return {
      index,
      method,
      type: named ?? '',
      isHistory: history !== undefined,
      url,
      ...given({ id, versionId, fullUrl, ifMatch, ifNoneExist, ifNoneMatch }),
      ...(resource === undefined ? {} : { resource }),
    };
  });
  if (faults.length > 0) throw new Invalid(faults);
  return { type, entries };
}

const POSSIBLE = {
  GET: 'Type, Type?search, Type/id, Type/id/_history or Type/id/_history/version',
  POST: 'the type of the resource',
  PUT: 'Type/id',
  DELETE: 'Type/id',
} as const;

function isPossible(
  method: BundleEntry['method'],
  { id, history }: { readonly id: string | undefined; readonly history: string | undefined },
): boolean {
  if (method === 'GET') return true;
  return history === undefined && (id === undefined) === (method === 'POST');
}

/** Only what is there. */
function given<T extends Readonly<Record<string, string | undefined>>>(
  values: T,
): { readonly [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    readonly [K in keyof T]?: string;
  };
}
