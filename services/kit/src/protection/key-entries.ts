import type { Bindings } from '../bindings.ts';

/** A generated key holds far more; less is a mistake in the declaration. */
const SHORTEST = 16;

/** The values of a key in a mounted Secret. */
export interface KeyValues {
  readonly current: string;
  /** `<name>Previous`: what is under them is read, and brought under the current one. */
  readonly former: readonly string[];
  /** `<name>Next`: what is under them is read already, for other replicas may use them as the current one before this one does. */
  readonly next: readonly string[];
}

/** Several former (`<name>Previous`) or announced (`<name>Next`) values are separated by commas. @throws TypeError */
export function keyValues(
  bindings: Pick<Bindings, 'secret'>,
  { secret, name }: { readonly secret: string; readonly name: string },
): KeyValues {
  const entries = bindings.secret(secret);
  const current = entries[name] ?? '';
  const listed = (entry: string): string[] =>
    (entries[entry] ?? '')
      .split(',')
      .map((text) => text.trim())
      .filter((text) => text !== '');
  const [previous, announced] = [listed(`${name}Previous`), listed(`${name}Next`)];
  if ([current, ...previous, ...announced].some((value) => value.length < SHORTEST)) {
    throw new TypeError(`${secret}: ${name}, ${name}Previous or ${name}Next is missing or short`);
  }
  const former = [...new Set(previous)].filter((value) => value !== current);
  const next = [...new Set(announced)].filter((value) => value !== current && !former.includes(value));
  return { current, former, next };
}

/** All values, the current one first. */
export function allKeys({ current, former, next }: KeyValues): string[] {
  return [current, ...former, ...next];
}
