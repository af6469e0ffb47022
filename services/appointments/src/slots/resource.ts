import type { Reference } from '../fhir.ts';
import { toInstant } from '../grid/minutes.ts';
import type { Interval } from '../grid/minutes.ts';

/** Slot (hl7.org/fhir/R4/slot.html); computed, not stored, and therefore without an id. */
export interface Slot {
  readonly resourceType: 'Slot';
  readonly schedule: Reference;
  readonly status: 'free';
  readonly start: string;
  readonly end: string;
}

/** The FHIR form of a free slot. */
export function toSlot(scheduleId: string, slot: Interval): Slot {
  return {
    resourceType: 'Slot',
    schedule: { reference: `Schedule/${scheduleId}` },
    status: 'free',
    start: toInstant(slot.start),
    end: toInstant(slot.end),
  };
}
