import { ensureCollections } from '@careplane/kit';
import type { Collection, CollectionSpec, Mongo } from '@careplane/kit';
import type { AppointmentRecord, CellRecord, ScheduleRecord } from './records.ts';

/** Names of the unique indexes that keep two visits apart; a duplicate key is told apart by them. */
export const PRACTITIONER_CELL = 'practitioner_cell';
export const PATIENT_CELL = 'patient_cell';

const SPECS: readonly CollectionSpec[] = [
  {
    name: 'schedules',
    indexes: [{ key: { practitionerId: 1, start: -1, _id: -1 }, name: 'practitioner_start' }],
  },
  {
    name: 'cells',
    indexes: [
      { key: { practitionerId: 1, cell: 1 }, name: PRACTITIONER_CELL, unique: true },
      { key: { patientId: 1, cell: 1 }, name: PATIENT_CELL, unique: true },
    ],
  },
  {
    name: 'appointments',
    indexes: [
      { key: { patientId: 1, start: -1, _id: -1 }, name: 'patient_start' },
      { key: { practitionerId: 1, start: -1, _id: -1 }, name: 'practitioner_start' },
      { key: { start: -1, _id: -1 }, name: 'start' },
    ],
  },
];

/** The collections of this service. */
export interface Store {
  readonly schedules: Collection<ScheduleRecord>;
  readonly cells: Collection<CellRecord>;
  readonly appointments: Collection<AppointmentRecord>;
}

/** Builds what is missing; the service is not ready before the unique indexes are. */
export async function openStore(mongo: Mongo): Promise<Store> {
  await ensureCollections(mongo, SPECS);
  return {
    schedules: mongo.collection<ScheduleRecord>('schedules'),
    cells: mongo.collection<CellRecord>('cells'),
    appointments: mongo.collection<AppointmentRecord>('appointments'),
  };
}
