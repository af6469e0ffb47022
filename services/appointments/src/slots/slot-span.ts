import type { FieldFault } from '@careplane/kit';
import type { EpochMinute, Interval } from '../grid/minutes.ts';
import type { SearchFilter, SearchValue } from '../kit-fhir.ts';

/** Longest span of one search, so that a page never reads more than a month of cells. */
export const MAX_SLOT_DAYS = 31;

const DAY = 24 * 60;
/** Without an end, a week. */
const DEFAULT_DAYS = 7;

type DateValue = Extract<SearchValue, { type: 'date' }>;
type Bounds = Readonly<Partial<Interval>>;

const PATH = 'http.start';

/**
 * The span that the filters of `start` ask for: never the past, a week without an end, at most {@link MAX_SLOT_DAYS} days. Slots
 * begin in it. A span that is over, or ends before it begins, is a fault of the request: it can only be a mistake.
 */
export function spanOfStart(
  filters: readonly SearchFilter[],
  now: EpochMinute,
): Interval | { readonly fault: FieldFault } {
  const bounds: Bounds[] = [];
  for (const { values } of filters) {
    const [value, ...others] = values;
    if (value?.type !== 'date' || others.length > 0) return fault('one date');
    const bound = boundsOf(value);
    if (bound === undefined) return fault('ge, gt, le, lt or an exact date');
    bounds.push(bound);
  }
  return spanWithin(bounds, now);
}

function spanWithin(bounds: readonly Bounds[], now: EpochMinute): Interval | { readonly fault: FieldFault } {
  const first = now + 1;
  const asked = Math.max(...bounds.map(({ start = -Infinity }) => start));
  const start = Math.max(asked, first);
  const end = Math.min(...bounds.map(({ end: until = Infinity }) => until));
  if (end <= asked) return fault('must end after it begins');
  if (end <= first) return fault('must not be over');
  if (end === Infinity) return { start, end: start + DEFAULT_DAYS * DAY };
  return end - start > MAX_SLOT_DAYS * DAY ? fault(`at most ${MAX_SLOT_DAYS} days`) : { start, end };
}

const minute = (ms: number): EpochMinute => Math.ceil(ms / 60_000);

function boundsOf({ comparison, start, end }: DateValue): Bounds | undefined {
  switch (comparison) {
    case 'eq':
      return { start: minute(start), end: minute(end) };
    case 'ge':
      return { start: minute(start) };
    case 'gt':
    case 'sa':
      return { start: minute(end) };
    case 'le':
      return { end: minute(end) };
    case 'lt':
    case 'eb':
      return { end: minute(start) };
    case 'ne':
    case 'ap':
      return undefined;
  }
}

function fault(message: string): { readonly fault: FieldFault } {
  return { fault: { path: PATH, message } };
}
