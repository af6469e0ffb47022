import type { EpochMinute, Interval } from './minutes.ts';

/**
 * The unit a practitioner's and a patient's time is claimed in: a fixed grid of the epoch, the same for every schedule,
 * time zone and length. Two visits that overlap share a cell, so one unique index over cells keeps them apart.
 */
export const CELL_MINUTES = 5;

/** The cell that a minute lies in. */
export function cellOf(minute: EpochMinute): EpochMinute {
  return Math.floor(minute / CELL_MINUTES) * CELL_MINUTES;
}

/** The cells a visit touches, ascending. A visit beside the grid claims its first and last cell whole. */
export function cellsOf(visit: Interval): EpochMinute[] {
  const cells: EpochMinute[] = [];
  for (let cell = cellOf(visit.start); cell < visit.end; cell += CELL_MINUTES) cells.push(cell);
  return cells;
}
