import type { Term } from './blind-index.ts';

const DAY_MS = 86_400_000;
const FIRST_YEAR = 1;
const LAST_YEAR = 2299;

/** The periods of the calendar that have a token each, from the longest. A range is covered by few of them. */
const UNITS = ['century', 'decade', 'year', 'month', 'day'] as const;
type Unit = (typeof UNITS)[number];

/**
 * The terms of a FHIR date of any precision (`1957`, `1957-03`, `1957-03-12`): each period that contains all of it, and
 * one that tells what it is itself.
 */
export function dateTerms(domain: string, date: string): Term[] {
  const [year = '', month, day] = date.slice(0, 10).split('-');
  const terms: Term[] = [
    [domain, 'century', year.slice(0, 2)],
    [domain, 'decade', year.slice(0, 3)],
    [domain, 'year', year],
  ];
  if (month !== undefined) terms.push([domain, 'month', `${year}-${month}`]);
  if (day !== undefined) terms.push([domain, 'day', `${year}-${month ?? ''}-${day}`]);
  else terms.push([domain, 'partial', month === undefined ? year : `${year}-${month}`]);
  return terms;
}

/** Terms of which every date that lies wholly within `[start, end)` has one, and no other date. Epoch milliseconds. */
export function withinTerms(domain: string, start: number, end: number): Term[] {
  const from = Math.max(Math.ceil(start / DAY_MS), dayOf(FIRST_YEAR, 0, 1));
  const to = Math.min(Math.floor(end / DAY_MS), dayOf(LAST_YEAR + 1, 0, 1));
  const terms: Term[] = [];
  for (let day = from; day < to;) {
    const period = longestFrom(day, to);
    terms.push([domain, period.unit, period.name]);
    day = period.end;
  }
  return terms;
}

/** The year and the month that contain this day but do not lie within a range that begins or ends on it. */
export function partialTermsAround(domain: string, epochMs: number): Term[] {
  const { year, month } = partsOf(Math.floor(epochMs / DAY_MS));
  return [
    [domain, 'partial', padded(year, 4)],
    [domain, 'partial', `${padded(year, 4)}-${padded(month + 1, 2)}`],
  ];
}

interface Period {
  readonly unit: Unit;
  readonly name: string;
  /** The day after its last one, in days since 1970. */
  readonly end: number;
}

function longestFrom(day: number, to: number): Period {
  for (const unit of UNITS) {
    const period = periodOf(unit, day);
    if (period.start === day && period.end <= to) return period;
  }
  return periodOf('day', day);
}

function periodOf(unit: Unit, at: number): Period & { readonly start: number } {
  const { year, month } = partsOf(at);
  if (unit === 'day') return { unit, name: dayName(at), start: at, end: at + 1 };
  if (unit === 'month') {
    const name = `${padded(year, 4)}-${padded(month + 1, 2)}`;
    return { unit, name, start: dayOf(year, month, 1), end: dayOf(year, month + 1, 1) };
  }
  const years = { century: 100, decade: 10, year: 1 }[unit];
  const first = year - (year % years);
  const name = padded(first, 4).slice(0, { century: 2, decade: 3, year: 4 }[unit]);
  return { unit, name, start: dayOf(first, 0, 1), end: dayOf(first + years, 0, 1) };
}

function dayName(day: number): string {
  const { year, month, date } = partsOf(day);
  return `${padded(year, 4)}-${padded(month + 1, 2)}-${padded(date, 2)}`;
}

function partsOf(day: number): { year: number; month: number; date: number } {
  const at = new Date(day * DAY_MS);
  return { year: at.getUTCFullYear(), month: at.getUTCMonth(), date: at.getUTCDate() };
}

/** `Date.UTC` takes the years 0 to 99 for those of the twentieth century. */
function dayOf(year: number, month: number, date: number): number {
  return new Date(0).setUTCFullYear(year, month, date) / DAY_MS;
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
