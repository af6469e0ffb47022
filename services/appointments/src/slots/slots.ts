import { CELL_MINUTES, cellsOf } from '../grid/cells.ts';
import type { EpochMinute, Interval } from '../grid/minutes.ts';
import { hoursOf, meet } from '../schedules/hours.ts';
import { openings } from '../schedules/openings.ts';
import type { Grid } from '../schedules/openings.ts';

/** Why a visit cannot be on a schedule; `undefined` means that it can. */
export type Misfit = 'in-the-past' | 'not-on-grid' | 'outside-hours';

/** All slots of the schedule that begin within `span`, ascending, whether free or taken. */
export function* slotsOf(grid: Grid, span: Interval): Generator<Interval> {
  const until = Math.min(span.end, grid.end);
  const since = Math.max(span.start, grid.start);
  const closed = closures(grid, { start: since, end: until + grid.slotMinutes });
  for (const opening of openings(grid, span)) {
    const last = Math.min(opening.end, grid.end) - grid.slotMinutes;
    for (let start = opening.start; start <= last && start < until; start += grid.slotMinutes) {
      const slot = { start, end: start + grid.slotMinutes };
      if (start >= since && !closed.some((closure) => meet(closure, slot))) yield slot;
    }
  }
}

/** The closures of a schedule that touch a span. */
function closures({ hours }: Grid, span: Interval): Interval[] {
  return hoursOf(hours).closed.filter((closure) => meet(closure, span));
}

/** Whether no cell of the visit is among the claimed ones. */
export function isFree(visit: Interval, claimed: ReadonlySet<EpochMinute>): boolean {
  return cellsOf(visit).every((cell) => !claimed.has(cell));
}

/**
 * Judges a wished visit: it must begin in the future, on a slot's start, last whole cells, and end before the day's
 * closing and the planning horizon's end, and touch no closure.
 */
export function misfit(grid: Grid, visit: Interval, now: EpochMinute): Misfit | undefined {
  if (visit.start <= now) return 'in-the-past';
  const opening = openings(grid, { start: visit.start, end: visit.start + 1 }).find(
    (open) => open.start <= visit.start && visit.start < open.end,
  );
  if (opening === undefined) return 'outside-hours';
  if ((visit.start - opening.start) % grid.slotMinutes !== 0) return 'not-on-grid';
  if ((visit.end - visit.start) % CELL_MINUTES !== 0) return 'not-on-grid';
  if (visit.end > Math.min(opening.end, grid.end)) return 'outside-hours';
  if (closures(grid, visit).length > 0) return 'outside-hours';
  return undefined;
}
