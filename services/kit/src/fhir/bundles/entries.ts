import type { Request } from 'express';
import { z } from 'zod';
import { Invalid } from '../../http/errors.ts';
import type { FieldFault } from '../../http/errors.ts';
import { bodyOf, exactBodyOf } from '../body.ts';
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

const text = z.string().min(1).max(4096);

/** What of a Bundle is read here. */
const bundleShape = z.looseObject({
  type: z.enum(['transaction', 'batch'], { error: 'transaction or batch' }),
  entry: z
    .array(z.unknown())
    .max(MOST_ENTRIES, `at most ${String(MOST_ENTRIES)} entries`)
    .default([]),
});

/** What of an entry is; each resource is checked by its type's own schema. */
const entryShape = z.looseObject({
  fullUrl: text.optional(),
  resource: z.unknown().optional(),
  request: z.looseObject({
    method: z.enum(['GET', 'POST', 'PUT', 'DELETE'], { error: 'GET, POST, PUT or DELETE' }),
    url: text,
    ifMatch: text.optional(),
    ifNoneExist: text.optional(),
    ifNoneMatch: text.optional(),
  }),
});

const URL_OF_ENTRY =
  /^([A-Z][A-Za-z]{1,63})(?:\/([A-Za-z0-9.-]{1,64})(?:\/(_history)(?:\/([A-Za-z0-9.-]{1,64}))?)?)?(?:\?.*)?$/s;

/** The path of an entry, for errors. */
export function entryPath(index: number): string {
  return `Bundle.entry[${String(index)}]`;
}

/** An entry that asks nothing that can be understood, and what is wrong with it. */
export interface FaultyEntry {
  readonly index: number;
  readonly faults: readonly FieldFault[];
}

export interface RequestBundle {
  readonly type: 'transaction' | 'batch';
  readonly entries: readonly (BundleEntry | FaultyEntry)[];
}

/**
 * The requests of a Bundle.
 * @param keepsDecimals whether all that it may hold are kept so
 * @throws Invalid (400) naming what is wrong with it as a whole; HttpProblem 415
 */
export function bundleOfRequest(req: Request, keepsDecimals: boolean): RequestBundle {
  const body = keepsDecimals ? exactBodyOf(req) : bodyOf(req);
  if (body['resourceType'] !== 'Bundle')
    throw new Invalid([{ path: 'Bundle.resourceType', message: 'a Bundle is needed' }]);
  const parsed = bundleShape.safeParse(body);
  if (!parsed.success) throw new Invalid(resourceFaults('Bundle', parsed.error));
  const { type, entry } = parsed.data;
  return { type, entries: entry.map(readEntry) };
}

/** The entries of a Bundle that does all or nothing. @throws Invalid (400) naming all that is wrong with any of them */
export function allSound(entries: RequestBundle['entries']): BundleEntry[] {
  const faults = entries.flatMap((entry) => ('faults' in entry ? entry.faults : []));
  if (faults.length > 0) throw new Invalid(faults);
  return entries.filter((entry): entry is BundleEntry => !('faults' in entry));
}

function readEntry(entry: unknown, index: number): BundleEntry | FaultyEntry {
  const parsed = entryShape.safeParse(entry);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => ({ ...issue, path: ['entry', index, ...issue.path] }));
    return { index, faults: resourceFaults('Bundle', new z.ZodError(issues)) };
  }
  const { fullUrl, resource, request } = parsed.data;
  const { method, url, ifMatch, ifNoneExist, ifNoneMatch } = request;
  const [, type, id, history, versionId] = URL_OF_ENTRY.exec(url) ?? [];
  if (type === undefined || !isPossible(method, { id, history }))
    return { index, faults: [{ path: `${entryPath(index)}.request.url`, message: POSSIBLE[method] }] };
  return {
    index,
    method,
    type,
    isHistory: history !== undefined,
    url,
    ...given({ id, versionId, fullUrl, ifMatch, ifNoneExist, ifNoneMatch }),
    ...(resource === undefined ? {} : { resource }),
  };
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
