/// <reference lib="esnext.temporal" />
import type { EpochMinute, Interval } from '../grid/minutes.ts';
import { hoursOf, timesOn } from './hours.ts';
import type { DailyHours, Hours } from './hours.ts';

/** What the arithmetic needs of a schedule: its planning horizon, the length of a slot, and when it is open. */
export interface Grid extends Interval {
  readonly slotMinutes: number;
  readonly hours: Hours | DailyHours;
}

const DAY = 24 * 60;
/** A night shift of the day before may still be open, and the one before that may cut its beginning. */
const DAYS_BEFORE = 2;

/** The minute at which the wall clock of `timeZone` shows `minutes` past the midnight of `date`. */
function wallClock(date: Temporal.PlainDate, minutes: number, timeZone: string): EpochMinute {
  const day = date.add({ days: Math.floor(minutes / DAY) });
  const time = Temporal.PlainTime.from({ hour: Math.floor((minutes % DAY) / 60), minute: minutes % 60 });
  // The default disambiguation ("compatible", RFC 5545): a time skipped by a clock change moves to after the gap.
  return day.toZonedDateTime({ timeZone, plainTime: time }).epochMilliseconds / 60_000;
}

/**
 * The openings that touch `span`, ascending, whole (not cut to `span`, since slots are counted from the opening), but never
 * outside the planning horizon: an opening that began before the horizon keeps its start, so that the grid does not shift, and
 * its slots before the horizon are left out by the caller. Closures are not cut out either, for the same reason.
 *
 * No two of them overlap: where a date's hours, or a clock that is put forward, would bring one into another, the later one
 * begins when the earlier one has ended.
 */
export function openings(grid: Grid, span: Interval): Interval[] {
  const hours = hoursOf(grid.hours);
  const from = Math.max(span.start, grid.start);
  const to = Math.min(span.end, grid.end);
  const found: Interval[] = [];
  if (from >= to) return found;
  let date = Temporal.Instant.fromEpochMilliseconds(from * 60_000)
    .toZonedDateTimeISO(hours.timeZone)
    .toPlainDate()
    .subtract({ days: DAYS_BEFORE });
  for (let free = -Infinity; ; date = date.add({ days: 1 })) {
    if (wallClock(date, 0, hours.timeZone) >= to) return found;
    for (const minutes of timesOn(hours, date.toString(), date.dayOfWeek)) {
      const start = Math.max(wallClock(date, minutes.start, hours.timeZone), free);
      const end = wallClock(date, minutes.end, hours.timeZone);
      if (end <= start) continue;
      free = end;
      if (start < to && end > from) found.push({ start, end });
    }
  }
}
