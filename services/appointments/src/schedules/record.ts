import type { EpochMinute } from '../grid/minutes.ts';
import type { IdentifierKey } from '../resource-fields.ts';
import type { Hours } from './openings.ts';

/**
 * A schedule as it is stored; its grid is never changed once made, so that it can be trusted while a visit is claimed. What
 * is optional is absent in one that was made without FHIR.
 */
export interface ScheduleRecord {
  readonly _id: string;
  readonly practitionerId: string;
  readonly start: EpochMinute;
  readonly end: EpochMinute;
  readonly slotMinutes: number;
  readonly hours: Hours;
  readonly created: Date;
  /** Absent: true. */
  readonly active?: boolean;
  /** Elements of the FHIR Schedule as they were sent. */
  readonly kept?: Readonly<Record<string, unknown>>;
  readonly identifiers?: readonly IdentifierKey[];
  /** Counts from 1; absent: 1. */
  readonly version?: number;
  readonly updated?: Date;
}
