import { z } from 'zod';
import type { EpochMinute } from './grid/minutes.ts';

/** The order of the lists of schedules and appointments, and of their indexes. */
export const LATEST_FIRST = { start: -1, _id: -1 } as const;

/** The place of an item in that order, as a cursor holds it. */
export const startCursor = z.tuple([z.int(), z.uuid()]);

/** The filter for what comes after a cursor in {@link LATEST_FIRST}. */
export function after([start, id]: z.infer<typeof startCursor>): {
  start: { $lte: EpochMinute };
  $or: [{ start: { $lt: EpochMinute } }, { _id: { $lt: string } }];
} {
  // The range on `start` bounds the index scan; the alternative leaves out the items before the cursor at that start.
  return { start: { $lte: start }, $or: [{ start: { $lt: start } }, { _id: { $lt: id } }] };
}
