import type { EpochMinute } from '../grid/minutes.ts';
import type { IdentifierKey } from '../resource-fields.ts';
import type { DailyHours, Hours } from './hours.ts';

/**
 * A schedule as it is stored. Its practitioner is never changed; when it is open may be, and what was booked before stays
 * booked. What is optional is absent in one that was made without FHIR.
 */
export interface ScheduleRecord {
  readonly _id: string;
  readonly practitionerId: string;
  readonly start: EpochMinute;
  readonly end: EpochMinute;
  readonly slotMinutes: number;
  readonly hours: Hours | DailyHours;
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
