import { isDeepStrictEqual } from 'node:util';

/**
 * The paths at which two JSON values differ; empty when they are equal. Paths only, because values may be personal
 * data.
 */
export function differences(expected: unknown, actual: unknown, path = ''): string[] {
  if (isDeepStrictEqual(expected, actual)) return [];
  if (!isObject(expected) || !isObject(actual)) return [path === '' ? '(all)' : path];
  const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...keys].flatMap((key) =>
    differences(expected[key], actual[key], path === '' ? key : `${path}.${key}`),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** A person's time span, for the search of double bookings. Times are RFC 3339 in UTC and compare as text. */
export interface Span {
  readonly who: string;
  readonly start: string;
  readonly end: string;
}

/** The people with overlapping spans, each named once. */
export function doubleBooked(spans: readonly Span[]): string[] {
  const sorted = [...spans].sort((a, b) => a.who.localeCompare(b.who) || a.start.localeCompare(b.start));
  const found = new Set<string>();
  let previous: Span | undefined;
  for (const span of sorted) {
    if (previous?.who === span.who && span.start < previous.end) found.add(span.who);
    if (previous?.who !== span.who || span.end > previous.end) previous = span;
  }
  return [...found];
}
