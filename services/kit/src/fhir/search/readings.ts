import type { FieldFault } from '../../http/errors.ts';
import { intervalOf } from './dates.ts';
import type { Pair } from './pairs.ts';

/** What one parameter says, or what is wrong with it. */
export type Reading<T> = Partial<T> & { readonly fault?: string };

/**
 * What parameters say together, the later ones over the earlier; and each that is wrong, by its name.
 * @param read is given what those before said
 */
export function readAll<T>(
  pairs: readonly Pair[],
  read: (pair: Pair, before: Partial<T>) => Reading<T>,
): { readonly said: Partial<T>; readonly faults: readonly FieldFault[] } {
  const faults: FieldFault[] = [];
  let said: Partial<T> = {};
  for (const pair of pairs) {
    const { fault, ...more } = read(pair, said);
    if (fault === undefined) said = { ...said, ...more };
    else faults.push({ path: pathOf(pair), message: fault });
  }
  return { said, faults };
}

/** Of a name that nothing reads. */
export const UNKNOWN = { fault: 'this parameter is not known' } as const;

/** Parameters by their names; each is given what those before said. */
export type Readers<T> = Readonly<Record<string, (value: string, before: Partial<T>) => Reading<T>>>;

/** What the reader of a parameter's name makes of it. @returns undefined when there is none */
export function readBy<T>(
  readers: Readers<T>,
  { name, value }: Pair,
  before: Partial<T>,
): Reading<T> | undefined {
  return Object.hasOwn(readers, name) ? readers[name]?.(value, before) : undefined;
}

/** A moment in time. @param said what the interval says that it covers */
export function readMoment<R>(
  value: string,
  said: (interval: NonNullable<ReturnType<typeof intervalOf>>) => R,
): R | { readonly fault: string } {
  const interval = intervalOf(value);
  return interval ? said(interval) : { fault: 'a date, a dateTime or an instant' };
}

/** A name may hold what a person typed: it is repeated only when it looks like one. */
export function pathOf({ name }: Pair): string {
  return /^[A-Za-z_:.-]{1,64}$/.test(name) ? `http.${name}` : 'http.query';
}
