import type { Interval } from '../grid/minutes.ts';

/** FHIR's codes (hl7.org/fhir/days-of-week), in the order in which ISO 8601 counts them from 1. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** From when to when, and on which days. Without days: every day. */
export interface OpeningTimes {
  readonly daysOfWeek?: readonly Weekday[] | undefined;
  /** These days only, `YYYY-MM-DD`: there they stand in for what is said of the weekday. */
  readonly dates?: readonly string[] | undefined;
  /** `HH:MM` on the wall clock. */
  readonly from: string;
  /** `HH:MM`, or `24:00`. Before `from`: on the day after, as of a night shift. */
  readonly to: string;
}

/** When a schedule is open. */
export interface Hours {
  /** A name of IANA's (tzdata). */
  readonly timeZone: string;
  readonly times: readonly OpeningTimes[];
  /** Holidays, leave, anything else: nothing is open that touches these. Ascending by their start. */
  readonly closed: readonly Interval[];
}

/** As a schedule of a former version is stored: every day at the same hours. */
export interface DailyHours {
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
}

/** The hours of a stored schedule, whichever version has stored it. */
export function hoursOf(stored: Hours | DailyHours): Hours {
  if ('times' in stored) return stored;
  const { timeZone, from, to } = stored;
  return { timeZone, times: [{ from, to }], closed: [] };
}

const DAY = 24 * 60;
const WEEK = 7 * DAY;

/** Minutes since midnight of a wall-clock time `HH:MM`. */
export function minuteOfDay(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

/** Minutes from the midnight at which the day began; the end of a night shift is beyond 24 hours. */
export function minutesOf({ from, to }: Pick<OpeningTimes, 'from' | 'to'>): Interval {
  const [start, end] = [minuteOfDay(from), minuteOfDay(to)];
  return { start, end: end > start ? end : end + DAY };
}

/**
 * What is open on a day, ascending: what is said of its date, else of its weekday.
 * @param date `YYYY-MM-DD`
 * @param weekday counted from 1, a Monday
 */
export function timesOn({ times }: Pick<Hours, 'times'>, date: string, weekday: number): Interval[] {
  const ofDate = times.filter(({ dates }) => dates?.includes(date));
  const open = ofDate.length > 0 ? ofDate : times.filter((one) => isWeekly(one, weekday - 1));
  return open.map(minutesOf).sort((a, b) => a.start - b.start);
}

function isWeekly({ dates, daysOfWeek }: OpeningTimes, day: number): boolean {
  return dates === undefined && (daysOfWeek?.some((name) => WEEKDAYS[day] === name) ?? true);
}

/** The place of the first times that overlap earlier ones of the same week or date: a slot would be there twice. */
export function overlapping(times: readonly OpeningTimes[]): number | undefined {
  const seen: { readonly day: string; readonly span: Interval }[] = [];
  for (const [place, one] of times.entries()) {
    const spans = spansOf(one);
    if (spans.some((next) => seen.some((other) => next.day === other.day && meet(next.span, other.span))))
      return place;
    seen.push(...spans);
  }
  return undefined;
}

/** Times of dates in minutes of their day, others in minutes of the week, a Sunday's night also at its beginning. */
function spansOf(one: OpeningTimes): { day: string; span: Interval }[] {
  const minutes = minutesOf(one);
  if (one.dates) return one.dates.map((day) => ({ day, span: minutes }));
  return WEEKDAYS.flatMap((_, day) => {
    if (!isWeekly(one, day)) return [];
    const span = { start: minutes.start + day * DAY, end: minutes.end + day * DAY };
    const around = { start: span.start - WEEK, end: span.end - WEEK };
    return [span, ...(around.end > 0 ? [around] : [])].map((found) => ({ day: 'week', span: found }));
  });
}

/** Whether two spans share a minute. */
export function meet(a: Interval, b: Interval): boolean {
  return a.start < b.end && b.start < a.end;
}
