import type { EpochMinute } from '../grid/minutes.ts';
import type { SlotPlace } from './slot-order.ts';

/** A schedule's id, and the epoch minute at which the slot begins. */
const SLOT_ID = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{1,10})$/;

/** The id of a slot: stable, since slots are computed and not stored. */
export function slotId(scheduleId: string, start: EpochMinute): string {
  return `${scheduleId}.${String(start)}`;
}

/** Where the slot of an id is, or nothing for what is no id of a slot. */
export function placeOfSlot(id: string): SlotPlace | undefined {
  const [, scheduleId, start] = SLOT_ID.exec(id) ?? [];
  return scheduleId === undefined ? undefined : { scheduleId, start: Number(start) };
}
