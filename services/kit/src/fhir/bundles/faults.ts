import { HttpProblem, Invalid } from '../../http/errors.ts';
import type { FieldFault } from '../../http/errors.ts';
import { outcomeOf } from '../outcome.ts';
import type { BundleEntry } from './entries.ts';
import { entryPath } from './entries.ts';

/** What headers of a request are called in an entry. */
const NAMES: Readonly<Record<string, string>> = {
  'http.if-match': 'request.ifMatch',
  'http.if-none-exist': 'request.ifNoneExist',
};

/** Where in the Bundle a fault of an entry is. */
export function pathIn({ index, type }: Pick<BundleEntry, 'index' | 'type'>, path: string): string {
  const at = entryPath(index);
  if (path === type || path.startsWith(`${type}.`)) return `${at}.resource${path.slice(type.length)}`;
  if (path === 'http.body') return `${at}.resource`;
  const name = NAMES[path];
  return `${at}.${name ?? 'request.url'}`;
}

/** The faults of an entry's error, each with its path in the Bundle. */
export function faultsIn(
  entry: BundleEntry,
  problem: HttpProblem,
): (FieldFault & { readonly code: string })[] {
  const { errors } = problem.extensions;
  const issues = outcomeOf(problem)['issue'] as readonly {
    readonly code: string;
    readonly details?: { readonly text: string };
    readonly expression?: readonly string[];
  }[];
  return issues.map(({ code, details, expression }) => ({
    path: Array.isArray(errors) ? pathIn(entry, expression?.[0] ?? '') : entryPath(entry.index),
    message: details?.text ?? problem.title,
    code,
  }));
}

/** What went wrong with an entry. */
export interface Failure {
  readonly entry: BundleEntry;
  readonly error: unknown;
}

/**
 * The error of a Bundle of which nothing is stored: all that is invalid at once, else the first failure.
 * @returns what is no answer as it is
 */
export function errorOf(failures: readonly [Failure, ...Failure[]]): unknown {
  const unexpected = failures.find(({ error }) => !(error instanceof HttpProblem));
  if (unexpected) return unexpected.error;
  const isInvalid = failures.every(({ error }) => error instanceof Invalid);
  const told = isInvalid ? failures : failures.filter(({ error }) => !(error instanceof Invalid)).slice(0, 1);
  const errors = told.flatMap(({ entry, error }) => faultsIn(entry, error as HttpProblem)).slice(0, 50);
  const [{ error }] = told as [Failure];
  const first = error as HttpProblem;
  return new HttpProblem(first.status, first.title, {
    headers: first.headers,
    extensions: { ...first.extensions, errors },
    cause: first,
  });
}
