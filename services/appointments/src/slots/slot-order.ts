import type { EpochMinute } from '../grid/minutes.ts';

/** The place of a slot in the list: by start, then by schedule. */
export interface SlotPlace {
  readonly start: EpochMinute;
  readonly scheduleId: string;
}

/** Whether a slot comes after a place. */
export function isBehind(slot: SlotPlace, place: SlotPlace | undefined): boolean {
  if (place === undefined || slot.start > place.start) return true;
  return slot.start === place.start && slot.scheduleId > place.scheduleId;
}

/** The order of slots: by start, then by schedule. */
export function byPlace(a: SlotPlace, b: SlotPlace): number {
  if (a.start !== b.start) return a.start - b.start;
  return a.scheduleId < b.scheduleId ? -1 : 1;
}
