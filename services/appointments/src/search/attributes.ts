import type { MongoMap } from '../kit-fhir.ts';

/** Where documents of this service keep what decisions look at; a schedule is of a practitioner, and of no patient. */
const NONE = { organization: 'none', category: 'none', dataClass: 'none', author: 'none' } as const;

const practitioner = [{ path: 'practitionerId' }];

export const SCHEDULE_ATTRIBUTES: MongoMap['attributes'] = {
  ...NONE,
  id: [{ path: '_id' }],
  patient: 'none',
  practitioner,
};

export const APPOINTMENT_ATTRIBUTES: MongoMap['attributes'] = {
  ...SCHEDULE_ATTRIBUTES,
  patient: [{ path: 'patientId' }],
  dataClass: [{ path: 'dataClasses' }],
};
