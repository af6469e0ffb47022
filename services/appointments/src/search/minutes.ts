import type { Document, Filter } from 'mongodb';
import type { Comparison, SearchFilter, SearchValue } from '../kit-fhir.ts';

type DateValue = Extract<SearchValue, { type: 'date' }>;
/** Of the interval `[start, end)` that a value covers, in epoch milliseconds. */
type Compare = (value: Pick<DateValue, 'start' | 'end'>) => Document;

const MINUTE_MS = 60_000;
const from = (at: number): Document => ({ $gte: Math.ceil(at / MINUTE_MS) });
const before = (at: number): Document => ({ $lt: Math.ceil(at / MINUTE_MS) });
const after = (at: number): Document => ({ $gt: Math.floor(at / MINUTE_MS) });
const upTo = (at: number): Document => ({ $lte: Math.floor(at / MINUTE_MS) });

/** How an instant compares with an interval (hl7.org/fhir/R4/search.html#prefix). */
const INSTANT: Readonly<Record<Comparison, Compare>> = {
  eq: ({ start, end }) => ({ ...from(start), ...before(end) }),
  ap: ({ start, end }) => ({ ...from(start), ...before(end) }),
  ne: ({ start, end }) => ({ $not: { ...from(start), ...before(end) } }),
  gt: ({ end }) => from(end),
  sa: ({ end }) => from(end),
  lt: ({ start }) => before(start),
  eb: ({ start }) => before(start),
  ge: ({ start }) => from(start),
  le: ({ end }) => before(end),
};

/** A date filter over a field of epoch minutes. */
export function minuteFilter(field: string): (filter: SearchFilter) => Filter<Document> {
  return anyValue((value) => ({ [field]: INSTANT[value.comparison](value) }));
}

/** How what lasts, `[startField, endField)`, compares with an interval. `eq` means that they touch. */
const SPAN: Readonly<Record<Comparison, (fields: SpanFields, value: DateValue) => Document>> = {
  eq: (fields, { start, end }) => ({ [fields.start]: before(end), [fields.end]: after(start) }),
  ap: (fields, { start, end }) => ({ [fields.start]: before(end), [fields.end]: after(start) }),
  ne: (fields, { start, end }) => ({ $or: [{ [fields.start]: from(end) }, { [fields.end]: upTo(start) }] }),
  gt: (fields, { end }) => ({ [fields.end]: after(end) }),
  ge: (fields, { start }) => ({ [fields.end]: after(start) }),
  lt: (fields, { start }) => ({ [fields.start]: before(start) }),
  le: (fields, { end }) => ({ [fields.start]: before(end) }),
  sa: (fields, { end }) => ({ [fields.start]: from(end) }),
  eb: (fields, { start }) => ({ [fields.end]: upTo(start) }),
};

interface SpanFields {
  readonly start: string;
  readonly end: string;
}

/** A date filter over two fields of epoch minutes, where what lasts begins and ends. */
export function spanFilter(fields: SpanFields): (filter: SearchFilter) => Filter<Document> {
  return anyValue((value) => SPAN[value.comparison](fields, value));
}

function anyValue(match: (value: DateValue) => Document): (filter: SearchFilter) => Filter<Document> {
  return ({ values }) => {
    const conditions = values.filter((value) => value.type === 'date').map(match);
    return conditions.length === 1 ? (conditions[0] ?? {}) : { $or: conditions };
  };
}
