import type { EpochMinute, Interval } from './minutes.ts';

/**
 * The unit a practitioner's and a patient's time is claimed in. Two visits overlap exactly when they share a cell, so
 * one unique index over cells keeps visits of any length and of any schedule apart; every start and length is a
 * multiple of it.
 */
export const CELL_MINUTES = 5;

/** The cells a visit covers, ascending. Both ends of the visit must be multiples of {@link CELL_MINUTES}. */
export function cellsOf(visit: Interval): EpochMinute[] {
  const cells: EpochMinute[] = [];
  for (let cell = visit.start; cell < visit.end; cell += CELL_MINUTES) cells.push(cell);
  return cells;
}
