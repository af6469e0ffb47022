import type { EpochMinute, Interval } from '../grid/minutes.ts';
import type { Grid } from '../schedules/openings.ts';
import { isFree, slotsOf } from './slots.ts';

/** The place of a slot in the list: by start, then by schedule. */
export interface SlotPlace {
  readonly start: EpochMinute;
  readonly scheduleId: string;
}

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

function isBehind(slot: SlotPlace, place: SlotPlace | undefined): boolean {
  if (place === undefined || slot.start > place.start) return true;
  return slot.start === place.start && slot.scheduleId > place.scheduleId;
}

function byPlace(a: SlotPlace, b: SlotPlace): number {
  if (a.start !== b.start) return a.start - b.start;
  return a.scheduleId < b.scheduleId ? -1 : 1;
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
