import type { EpochMinute } from '../grid/minutes.ts';
import type { IdentifierKey } from '../resource-fields.ts';

/**
 * Why a visit was cancelled: the top level of FHIR's appointment-cancellation-reason value set
 * (terminology.hl7.org/CodeSystem/appointment-cancellation-reason).
 */
export const CANCELLATION_REASONS = ['pat', 'prov', 'maint', 'meds-inc', 'other'] as const;
export type CancellationReason = (typeof CANCELLATION_REASONS)[number];

/**
 * An appointment as it is stored. `version` counts from 1 and is its ETag. Who, when and where is never changed: that is what
 * the claims are for.
 */
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
  /** Elements of the FHIR Appointment as they were sent; absent in one that was made without FHIR. */
  readonly kept?: Readonly<Record<string, unknown>>;
  readonly identifiers?: readonly IdentifierKey[];
  /** The data classes of its security labels, by which consents may hide it. */
  readonly dataClasses?: readonly string[];
  readonly version: number;
  readonly created: Date;
  readonly updated: Date;
}

/** A version that is no longer the present one. */
export interface FormerVersion {
  /** `<appointment's id>|<version>` */
  readonly _id: string;
  readonly appointmentId: string;
  readonly version: number;
  readonly record: AppointmentRecord;
}

/** Who can be in one place only: FHIR types of participants. Rooms and devices would be further ones. */
export type ActorType = 'Practitioner' | 'Patient';

/**
 * One claimed cell of one actor: five minutes. Its `_id` is the claim, `<type>/<id>|<cell>`: no cell can be given twice,
 * since a collection cannot be without the index over `_id`.
 *
 * `cell` of a practitioner's is the cell, of a patient's half a minute more. So the unique indexes of the former version,
 * {practitionerId, cell} and {patientId, cell}, hold both documents, keep apart what either version writes, and the
 * former version frees both. Its own documents, one a cell, have an ObjectId and are read as a practitioner's.
 */
export interface CellRecord {
  readonly _id: string;
  readonly practitionerId: string;
  readonly patientId: string;
  readonly cell: EpochMinute;
  readonly appointmentId: string;
}

/** What `cell` of an actor's document is more than the cell. */
export const CELL_OFFSET: Readonly<Record<ActorType, number>> = { Practitioner: 0, Patient: 0.5 };
