import type { EpochMinute } from '../grid/minutes.ts';
import type { Hours } from './openings.ts';

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
