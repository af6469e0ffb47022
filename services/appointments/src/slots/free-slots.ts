import type { EpochMinute, Interval } from '../grid/minutes.ts';
import type { Grid } from '../schedules/openings.ts';
import { byPlace, isBehind } from './slot-order.ts';
import type { SlotPlace } from './slot-order.ts';
import { isFree, slotsOf } from './slots.ts';

/** A free slot of one of several schedules. */
export interface FreeSlot extends Interval, SlotPlace {}

/** What to search. */
export interface FreeSlotSearch {
  readonly schedules: readonly (Grid & { readonly _id: string })[];
  readonly span: Interval;
  readonly claimed: ReadonlySet<EpochMinute>;
  /** Only slots after this place. */
  readonly behind: SlotPlace | undefined;
  readonly limit: number;
}

/** The first `limit` free slots of all the schedules, by start and then by schedule. */
export function freeSlots({ schedules, span, claimed, behind, limit }: FreeSlotSearch): FreeSlot[] {
  const found: FreeSlot[] = [];
  for (const schedule of schedules) {
    let count = 0;
    for (const slot of slotsOf(schedule, span)) {
      const free = { ...slot, scheduleId: schedule._id };
      if (!isBehind(free, behind) || !isFree(slot, claimed)) continue;
      found.push(free);
      count += 1;
      // More than `limit` of one schedule cannot be among the first `limit` of all.
      if (count === limit) break;
    }
  }
  return found.sort(byPlace).slice(0, limit);
}
