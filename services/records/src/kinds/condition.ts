import { conditionSchema } from '@careplane/kit';
import { code, date, encounter, identifier, patient, reference, subject } from '../clinical/kind.ts';
import type { ClinicalKind } from '../clinical/kind.ts';

export const condition: ClinicalKind = {
  type: 'Condition',
  documentation: 'Diagnoses and problems of a patient.',
  schema: conditionSchema,
  patient: 'subject',
  category: 'category',
  parameters: {
    patient: patient('subject'),
    subject: subject('Condition-subject'),
    identifier: identifier('clinical-identifier', 'identifier'),
    code: code('clinical-code', 'The diagnosis.', 'code'),
    category: code('Condition-category', 'problem-list-item or encounter-diagnosis.', 'category'),
    'clinical-status': code('Condition-clinical-status', 'active, resolved, ...', 'clinicalStatus'),
    'verification-status': code(
      'Condition-verification-status',
      'confirmed, provisional, ...',
      'verificationStatus',
    ),
    severity: code('Condition-severity', 'How severe it is.', 'severity'),
    'body-site': code('Condition-body-site', 'Where in the body it is.', 'bodySite'),
    'onset-date': date('Condition-onset-date', 'When it began.', 'onsetDateTime', 'onsetPeriod'),
    'abatement-date': date(
      'Condition-abatement-date',
      'When it ended.',
      'abatementDateTime',
      'abatementPeriod',
    ),
    'recorded-date': date('Condition-recorded-date', 'When it was first recorded.', 'recordedDate'),
    encounter: encounter('Condition-encounter'),
    asserter: reference('Condition-asserter', 'Who says so.', {
      paths: ['asserter'],
      targets: ['Practitioner', 'PractitionerRole', 'Patient', 'RelatedPerson'],
    }),
  },
};
