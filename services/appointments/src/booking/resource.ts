import { concept } from '../fhir.ts';
import type { Concept, Reference } from '../fhir.ts';
import { toInstant } from '../grid/minutes.ts';
import type { AppointmentRecord, CancellationReason } from './records.ts';

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
export const CANCELLATION = 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason';

/** The FHIR form of a reason why a visit was cancelled. */
export function cancelationReason(reason: CancellationReason): Concept {
  return concept(CANCELLATION, reason);
}

/** The FHIR form of the reason of a visit. */
export function visitReason(code: string): Concept {
  return concept(SNOMED, code);
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
    ...(reasonCode !== undefined && { reasonCode: [visitReason(reasonCode)] }),
    ...(cancellationReason !== undefined && { cancelationReason: cancelationReason(cancellationReason) }),
  };
}
