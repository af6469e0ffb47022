import { toInstant } from '../grid/minutes.ts';
import type { Interval } from '../grid/minutes.ts';
import type { AppointmentRecord, ScheduleRecord } from '../store/records.ts';

/** A FHIR reference to a resource of this platform, such as `Patient/<id>`. */
export interface Reference {
  readonly reference: string;
}

/** A FHIR CodeableConcept with one coding. */
export interface Concept {
  readonly coding: readonly { readonly system: string; readonly code: string }[];
}

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

/** Slot (hl7.org/fhir/R4/slot.html); computed, not stored, and therefore without an id. */
export interface Slot {
  readonly resourceType: 'Slot';
  readonly schedule: Reference;
  readonly status: 'free';
  readonly start: string;
  readonly end: string;
}

/** Appointment (hl7.org/fhir/R4/appointment.html); `schedule` is ours. */
export interface Appointment {
  readonly resourceType: 'Appointment';
  readonly id: string;
  readonly meta: { readonly versionId: string; readonly lastUpdated: string };
  readonly status: 'booked' | 'cancelled';
  readonly start: string;
  readonly end: string;
  readonly minutesDuration: number;
  readonly created: string;
  readonly schedule: Reference;
  readonly participant: readonly { readonly actor: Reference; readonly status: 'accepted' }[];
  readonly reasonCode?: readonly Concept[];
  readonly cancelationReason?: Concept;
}

const SNOMED = 'http://snomed.info/sct';
const CANCELLATION = 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason';

const concept = (system: string, code: string): Concept => ({ coding: [{ system, code }] });

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

/** The FHIR form of a stored appointment. FHIR R4 spells `cancelationReason` with one l. */
export function toAppointment(record: AppointmentRecord): Appointment {
  const { reasonCode, cancellationReason } = record;
  return {
    resourceType: 'Appointment',
    id: record._id,
    meta: { versionId: String(record.version), lastUpdated: record.updated.toISOString() },
    status: record.status,
    start: toInstant(record.start),
    end: toInstant(record.end),
    minutesDuration: record.end - record.start,
    created: record.created.toISOString(),
    schedule: { reference: `Schedule/${record.scheduleId}` },
    participant: [
      { actor: { reference: `Patient/${record.patientId}` }, status: 'accepted' },
      { actor: { reference: `Practitioner/${record.practitionerId}` }, status: 'accepted' },
    ],
    ...(reasonCode !== undefined && { reasonCode: [concept(SNOMED, reasonCode)] }),
    ...(cancellationReason !== undefined && { cancelationReason: concept(CANCELLATION, cancellationReason) }),
  };
}
