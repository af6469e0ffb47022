import { toInstant } from '../grid/minutes.ts';
import type { Stored } from '../kit-fhir.ts';
import type { ScheduleRecord } from '../schedules/record.ts';
import { slotId } from './slot-id.ts';
import type { FoundSlot } from './slot-search.ts';

/** What a slot has from its schedule. */
const INHERITED = ['serviceCategory', 'serviceType', 'specialty'] as const;

/**
 * The FHIR form of a slot. It is computed, so its version is what can change of it, its status, and it was last updated when it
 * was looked at.
 */
export function toFhirSlot(schedule: ScheduleRecord, slot: FoundSlot, now: Date): Stored {
  const { kept = {} } = schedule;
  const inherited = INHERITED.flatMap((name) => (kept[name] === undefined ? [] : [[name, kept[name]]]));
  return {
    resourceType: 'Slot',
    id: slotId(slot.scheduleId, slot.start),
    meta: { versionId: slot.status, lastUpdated: now.toISOString() },
    ...(Object.fromEntries(inherited) as object),
    schedule: { reference: `Schedule/${slot.scheduleId}` },
    status: slot.status,
    start: toInstant(slot.start),
    end: toInstant(slot.end),
  };
}
