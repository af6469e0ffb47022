import type { CollectionSpec } from '@careplane/kit';

/**
 * Names of the unique indexes that kept two visits apart before the `_id` of a cell did. They find a practitioner's cells,
 * and keep apart what this and the former version write.
 */
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
      { key: { 'identifiers.value': 1 }, name: 'identifier', sparse: true },
    ],
  },
  {
    name: 'appointment_versions',
    indexes: [{ key: { appointmentId: 1, version: -1 }, name: 'appointment_version' }],
  },
];
