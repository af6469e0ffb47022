import type { Reference } from '../fhir.ts';
import { toInstant } from '../grid/minutes.ts';
import type { ScheduleRecord } from './record.ts';

/** Schedule (hl7.org/fhir/R4/schedule.html); `slotMinutes` and `hours` are ours, for FHIR keeps them in its Slots. */
export interface Schedule {
  readonly resourceType: 'Schedule';
  readonly id: string;
  readonly active: true;
  readonly actor: readonly Reference[];
  readonly planningHorizon: { readonly start: string; readonly end: string };
  readonly slotMinutes: number;
  readonly hours: ScheduleRecord['hours'];
}

/** The FHIR form of a stored schedule. */
export function toSchedule(record: ScheduleRecord): Schedule {
  return {
    resourceType: 'Schedule',
    id: record._id,
    active: true,
    actor: [{ reference: `Practitioner/${record.practitionerId}` }],
    planningHorizon: { start: toInstant(record.start), end: toInstant(record.end) },
    slotMinutes: record.slotMinutes,
    hours: { from: record.hours.from, to: record.hours.to, timeZone: record.hours.timeZone },
  };
}
