import { z } from 'zod';
import { CELL_MINUTES } from '../grid/cells.ts';
import { cellMinute, id, MAX_VISIT_MINUTES } from '../request-fields.ts';
import { minuteOfDay, overlapping, WEEKDAYS } from './hours.ts';

/** Longest planning horizon of one schedule; further ahead a clinic opens the next schedule. */
export const MAX_HORIZON_DAYS = 90;

const DAY_MINUTES = 24 * 60;

const timeOfDay = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, { error: 'must be HH:MM' })
  .refine((time) => minuteOfDay(time) % CELL_MINUTES === 0, {
    error: `must fall on a multiple of ${CELL_MINUTES} minutes`,
  });

/**
 * A name of IANA's (tzdata), not an offset: `+00:03` is no zone of any place. `UTC` and its like have no slash.
 */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Of one schedule. */
const MOST_TIMES = 50;
const MOST_DATES = 100;
const MOST_CLOSURES = 100;

const openingTimes = z
  .strictObject({
    daysOfWeek: z.array(z.enum(WEEKDAYS)).min(1).max(WEEKDAYS.length).optional(),
    dates: z.array(z.iso.date()).min(1).max(MOST_DATES).optional(),
    from: timeOfDay,
    to: timeOfDay,
  })
  .refine(({ daysOfWeek, dates }) => daysOfWeek === undefined || dates === undefined, {
    error: 'either days of the week or dates',
    path: ['dates'],
  })
  .refine(({ from, to }) => from !== to, { error: 'must not be when it opens', path: ['to'] });

const times = z
  .array(openingTimes)
  .min(1)
  .max(MOST_TIMES)
  .check(({ value, issues }) => {
    const place = overlapping(value);
    if (place === undefined) return;
    issues.push({ code: 'custom', input: value, path: [place], message: 'overlaps earlier opening hours' });
  });

const closure = z
  .strictObject({ start: cellMinute, end: cellMinute })
  .refine(({ start, end }) => start < end, { error: 'must be after start', path: ['end'] });

const hours = z.strictObject({
  timeZone: z.string().max(64).refine(isTimeZone, { error: 'must be an IANA time zone' }),
  times,
  closed: z
    .array(closure)
    .max(MOST_CLOSURES)
    .transform((closures) => closures.toSorted((a, b) => a.start - b.start)),
});

/** What a Schedule says to the arithmetic. */
export const newSchedule = z
  .strictObject({
    practitionerId: id,
    start: cellMinute,
    end: cellMinute,
    slotMinutes: z.int().min(CELL_MINUTES).max(MAX_VISIT_MINUTES).multipleOf(CELL_MINUTES),
    hours,
  })
  .refine((schedule) => schedule.start < schedule.end, { error: 'must be after start', path: ['end'] })
  .refine((schedule) => schedule.end - schedule.start <= MAX_HORIZON_DAYS * DAY_MINUTES, {
    error: `must be at most ${MAX_HORIZON_DAYS} days after start`,
    path: ['end'],
  });
export type NewSchedule = z.infer<typeof newSchedule>;
