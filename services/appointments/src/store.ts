import { criteriaClaims, ensureCollections, erasedCollection, linkKeyCollection } from '@careplane/kit';
import type { Collection, CriteriaClaim, Mongo } from '@careplane/kit';
import { bookingCollections } from './booking/collections.ts';
import type { AppointmentRecord, CellRecord, FormerVersion } from './booking/records.ts';
import { scheduleCollections } from './schedules/collections.ts';
import type { ScheduleRecord } from './schedules/record.ts';

/** The collections of this service. */
export interface Store {
  readonly schedules: Collection<ScheduleRecord>;
  readonly cells: Collection<CellRecord>;
  readonly appointments: Collection<AppointmentRecord>;
  readonly versions: Collection<FormerVersion>;
  readonly claims: Collection<CriteriaClaim>;
}

/** Makes what is missing; the service is not ready without the unique indexes. */
export async function openStore(mongo: Mongo): Promise<Store> {
  await ensureCollections(mongo, [
    ...scheduleCollections,
    ...bookingCollections,
    criteriaClaims,
    erasedCollection,
    linkKeyCollection,
  ]);
  return {
    schedules: mongo.collection<ScheduleRecord>('schedules'),
    cells: mongo.collection<CellRecord>('cells'),
    appointments: mongo.collection<AppointmentRecord>('appointments'),
    versions: mongo.collection<FormerVersion>('appointment_versions'),
    claims: mongo.collection<CriteriaClaim>(criteriaClaims.name),
  };
}
