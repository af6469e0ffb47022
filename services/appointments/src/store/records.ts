import type { EpochMinute } from '../grid/minutes.ts';
import type { Hours } from '../grid/openings.ts';
import type { CancellationReason } from '../http/requests.ts';

/** A schedule as it is stored; never changed once made, so that its grid can be trusted while a visit is claimed. */
export interface ScheduleRecord {
  readonly _id: string;
  readonly practitionerId: string;
  readonly start: EpochMinute;
  readonly end: EpochMinute;
  readonly slotMinutes: number;
  readonly hours: Hours;
  readonly created: Date;
}

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
