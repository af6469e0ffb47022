import { Invalid } from '@careplane/kit';
import type { EpochMinute, Interval } from '../grid/minutes.ts';
import type { Grid } from '../schedules/openings.ts';
import { byPlace, isBehind } from './slot-order.ts';
import type { SlotPlace } from './slot-order.ts';
import { isFree, slotsOf } from './slots.ts';

/** FHIR's codes; a time that is over cannot be booked, taken or not. */
export type SlotStatus = 'free' | 'busy' | 'busy-unavailable';

/** A slot of one of several schedules. */
export interface FoundSlot extends Interval, SlotPlace {
  readonly status: SlotStatus;
}

/** A schedule and its practitioner's claimed cells. */
export interface SearchedSchedule extends Grid {
  readonly _id: string;
  readonly claimed: ReadonlySet<EpochMinute>;
}

/** What to search. */
export interface SlotSearch {
  readonly schedules: readonly SearchedSchedule[];
  readonly span: Interval;
  /** Only slots with one of these. */
  readonly statuses: ReadonlySet<SlotStatus>;
  /** Only slots after this place. */
  readonly behind?: SlotPlace | undefined;
  readonly limit: number;
}

/** Slots are computed while everybody else waits: more than a search for somebody's next visit looks at is refused. */
export const MOST_LOOKED_AT = 50_000;

/**
 * The slots of all the schedules, by start and then by schedule, the first `limit`.
 * @throws Invalid when it would look at more than {@link MOST_LOOKED_AT}
 */
export function searchSlots({ schedules, span, statuses, behind, limit }: SlotSearch): FoundSlot[] {
  let lookedAt = 0;
  const found = schedules.flatMap((schedule) => {
    const slots: FoundSlot[] = [];
    for (const interval of slotsOf(schedule, span)) {
      lookedAt += 1;
      if (lookedAt > MOST_LOOKED_AT) throw tooMany();
      const slot = foundSlot(schedule, interval);
      if (statuses.has(slot.status) && isBehind(slot, behind)) slots.push(slot);
      // More than `limit` of one schedule cannot be among the first `limit` of all.
      if (slots.length === limit) break;
    }
    return slots;
  });
  return found.sort(byPlace).slice(0, limit);
}

function tooMany(): Invalid {
  return new Invalid([{ path: 'http.start', message: 'too many slots: a shorter time, or fewer schedules' }]);
}

function foundSlot(schedule: SearchedSchedule, slot: Interval): FoundSlot {
  return { ...slot, scheduleId: schedule._id, status: isFree(slot, schedule.claimed) ? 'free' : 'busy' };
}
