/// <reference lib="esnext.temporal" />
import type { EpochMinute, Interval } from '../grid/minutes.ts';

/** Daily opening hours on the wall clock of `timeZone`; `to` may be `24:00`. */
export interface Hours {
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
}

/** What the arithmetic needs of a schedule: its planning horizon, the length of a slot, and the hours of a day. */
export interface Grid extends Interval {
  readonly slotMinutes: number;
  readonly hours: Hours;
}

const DAY = 24 * 60;

/** Minutes since midnight of a wall-clock time `HH:MM`. */
export function minuteOfDay(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

/** The minute at which the wall clock of `timeZone` shows `minutes` past the midnight of `date`. */
function wallClock(date: Temporal.PlainDate, minutes: number, timeZone: string): EpochMinute {
  const day = date.add({ days: Math.floor(minutes / DAY) });
  const time = Temporal.PlainTime.from({ hour: Math.floor((minutes % DAY) / 60), minute: minutes % 60 });
  // The default disambiguation ("compatible", RFC 5545): a time skipped by a clock change moves to after the gap.
  return day.toZonedDateTime({ timeZone, plainTime: time }).epochMilliseconds / 60_000;
}

/**
 * The opening of each day that touches `span`, ascending, whole (not cut to `span`, since slots are counted from the
 * opening), but never outside the planning horizon: an opening that began before the horizon keeps its start, so that
 * the grid does not shift, and its slots before the horizon are left out by the caller.
 */
export function openings(grid: Grid, span: Interval): Interval[] {
  const { hours } = grid;
  const from = Math.max(span.start, grid.start);
  const to = Math.min(span.end, grid.end);
  const found: Interval[] = [];
  if (from >= to) return found;
  // One day earlier: west of the line of midnight, the day that is open at `from` may have begun before.
  let date = Temporal.Instant.fromEpochMilliseconds(from * 60_000)
    .toZonedDateTimeISO(hours.timeZone)
    .toPlainDate()
    .subtract({ days: 1 });
  for (;;) {
    const start = wallClock(date, minuteOfDay(hours.from), hours.timeZone);
    if (start >= to) return found;
    const end = wallClock(date, minuteOfDay(hours.to), hours.timeZone);
    if (end > from) found.push({ start, end });
    date = date.add({ days: 1 });
  }
}
