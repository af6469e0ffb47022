import { allergyIntoleranceSchema } from '@careplane/kit';
import { code, date, identifier, patient, reference } from '../clinical/kind.ts';
import type { ClinicalKind } from '../clinical/kind.ts';

const PERSONS = ['Practitioner', 'PractitionerRole', 'Patient', 'RelatedPerson'];

export const allergyIntolerance: ClinicalKind = {
  type: 'AllergyIntolerance',
  documentation: 'What a patient must not get, and how they react to it.',
  schema: allergyIntoleranceSchema,
  patient: 'patient',
  category: 'category',
  parameters: {
    patient: patient('patient'),
    identifier: identifier('clinical-identifier', 'identifier'),
    code: code('clinical-code', 'The substance.', 'code', 'reaction.substance'),
    category: code('AllergyIntolerance-category', 'food, medication, environment, biologic.', 'category'),
    'clinical-status': code('AllergyIntolerance-clinical-status', 'active, resolved, ...', 'clinicalStatus'),
    'verification-status': code(
      'AllergyIntolerance-verification-status',
      'confirmed, refuted, ...',
      'verificationStatus',
    ),
    type: code('clinical-type', 'allergy or intolerance.', 'type'),
    criticality: code('AllergyIntolerance-criticality', 'low, high, unable-to-assess.', 'criticality'),
    manifestation: code(
      'AllergyIntolerance-manifestation',
      'How the patient reacts.',
      'reaction.manifestation',
    ),
    severity: code('AllergyIntolerance-severity', 'How severely the patient reacts.', 'reaction.severity'),
    route: code('AllergyIntolerance-route', 'How the patient got the substance.', 'reaction.exposureRoute'),
    date: date('clinical-date', 'When it was first recorded.', 'recordedDate'),
    'last-date': date('AllergyIntolerance-last-date', 'When the patient last reacted.', 'lastOccurrence'),
    onset: date('AllergyIntolerance-onset', 'When the patient reacted.', 'reaction.onset'),
    recorder: reference('AllergyIntolerance-recorder', 'Who recorded it.', {
      paths: ['recorder'],
      targets: PERSONS,
    }),
    asserter: reference('AllergyIntolerance-asserter', 'Who says so.', {
      paths: ['asserter'],
      targets: PERSONS,
    }),
  },
};
