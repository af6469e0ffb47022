import type { EpochMinute } from '../grid/minutes.ts';

/**
 * Why a visit was cancelled: the top level of FHIR's appointment-cancellation-reason value set
 * (terminology.hl7.org/CodeSystem/appointment-cancellation-reason).
 */
export const CANCELLATION_REASONS = ['pat', 'prov', 'maint', 'meds-inc', 'other'] as const;
export type CancellationReason = (typeof CANCELLATION_REASONS)[number];

/** An appointment as it is stored. `version` counts from 1 and is its ETag. */
export interface AppointmentRecord {
  readonly _id: string;
  readonly status: 'booked' | 'cancelled';
  readonly scheduleId: string;
  readonly practitionerId: string;
  readonly patientId: string;
  readonly start: EpochMinute;
  readonly end: EpochMinute;
  readonly reasonCode?: string;
  readonly cancellationReason?: CancellationReason;
  readonly version: number;
  readonly created: Date;
  readonly updated: Date;
}

/**
 * One claimed cell: five minutes of a practitioner and of a patient. Two unique indexes over it, by practitioner and by
 * patient, are what makes double booking impossible.
 */
export interface CellRecord {
  readonly practitionerId: string;
  readonly patientId: string;
  readonly cell: EpochMinute;
  readonly appointmentId: string;
}
