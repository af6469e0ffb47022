import { z } from 'zod';
import { CELL_MINUTES } from './grid/cells.ts';
import { toEpochMinute } from './grid/minutes.ts';

/** Longest single visit: a working day. Also bounds the cells of one transaction to 96. */
export const MAX_VISIT_MINUTES = 480;

/** The id of a resource. */
export const id = z.uuid();

/** An RFC 3339 time on a whole minute, read as epoch minutes. */
const minute = z.iso.datetime({ offset: true }).transform((time, context) => {
  try {
    return toEpochMinute(time);
  } catch {
    context.addIssue({ code: 'custom', message: 'must fall on a whole minute' });
    return z.NEVER;
  }
});

/** Such a time where a cell begins. */
export const cellMinute = minute.refine((at) => at % CELL_MINUTES === 0, {
  error: `must fall on a multiple of ${CELL_MINUTES} minutes`,
});
