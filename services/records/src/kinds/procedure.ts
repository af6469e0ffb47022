import { procedureSchema } from '@careplane/kit';
import { code, date, encounter, identifier, patient, reference, subject } from '../clinical/kind.ts';
import type { ClinicalKind } from '../clinical/kind.ts';

export const procedure: ClinicalKind = {
  type: 'Procedure',
  documentation: 'What was done to or with a patient.',
  schema: procedureSchema,
  patient: 'subject',
  category: 'category',
  parameters: {
    patient: patient('subject'),
    subject: subject('Procedure-subject'),
    identifier: identifier('clinical-identifier', 'identifier'),
    status: code('Procedure-status', 'completed, in-progress, ...', 'status'),
    category: code('Procedure-category', 'surgery, counselling, ...', 'category'),
    code: code('clinical-code', 'What was done.', 'code'),
    'reason-code': code('Procedure-reason-code', 'Why it was done.', 'reasonCode'),
    date: date('clinical-date', 'When it was done.', 'performedDateTime', 'performedPeriod'),
    encounter: encounter('clinical-encounter'),
    performer: reference('Procedure-performer', 'Who did it.', {
      paths: ['performer.actor'],
      targets: ['Practitioner', 'PractitionerRole', 'Organization', 'Patient', 'RelatedPerson', 'Device'],
    }),
    location: reference('Procedure-location', 'Where it was done.', {
      paths: ['location'],
      targets: ['Location'],
    }),
    'reason-reference': reference('Procedure-reason-reference', 'What it was done for.', {
      paths: ['reasonReference'],
      targets: ['Condition', 'Observation', 'Procedure', 'DiagnosticReport', 'DocumentReference'],
    }),
    'part-of': reference('Procedure-part-of', 'The larger procedure.', {
      paths: ['partOf'],
      targets: ['Procedure', 'Observation', 'MedicationAdministration'],
    }),
  },
};
