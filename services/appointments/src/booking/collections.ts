import type { CollectionSpec } from '@careplane/kit';

/** Names of the unique indexes that keep two visits apart; a duplicate key is told apart by them. */
export const PRACTITIONER_CELL = 'practitioner_cell';
export const PATIENT_CELL = 'patient_cell';

export const bookingCollections: readonly CollectionSpec[] = [
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
