import { observationSchema } from '@careplane/kit';
import { code, date, encounter, identifier, patient, reference, subject } from '../clinical/kind.ts';
import type { ClinicalKind } from '../clinical/kind.ts';

export const observation: ClinicalKind = {
  type: 'Observation',
  documentation: 'What was measured or found of a patient: vital signs, laboratory results, social history.',
  schema: observationSchema,
  patient: 'subject',
  category: 'category',
  authors: ['performer'],
  parameters: {
    patient: patient('subject'),
    subject: subject('Observation-subject'),
    identifier: identifier('clinical-identifier', 'identifier'),
    status: code('Observation-status', 'final, amended, ...', 'status'),
    category: code('Observation-category', 'vital-signs, laboratory, ...', 'category'),
    code: code('clinical-code', 'What was measured.', 'code'),
    'component-code': code('Observation-component-code', 'What a component measured.', 'component.code'),
    'combo-code': code('Observation-combo-code', 'As code or component-code.', 'code', 'component.code'),
    'value-concept': code('Observation-value-concept', 'A coded result.', 'valueCodeableConcept'),
    'data-absent-reason': code(
      'Observation-data-absent-reason',
      'Why there is no result.',
      'dataAbsentReason',
    ),
    date: date(
      'clinical-date',
      'When it was measured.',
      'effectiveDateTime',
      'effectivePeriod',
      'effectiveInstant',
      'effectiveTiming.event',
    ),
    encounter: encounter('clinical-encounter'),
    performer: reference('Observation-performer', 'Who measured.', {
      paths: ['performer'],
      targets: ['Practitioner', 'PractitionerRole', 'Organization', 'CareTeam', 'Patient', 'RelatedPerson'],
    }),
    'has-member': reference('Observation-has-member', 'Results of a panel.', {
      paths: ['hasMember'],
      targets: ['Observation', 'MolecularSequence', 'QuestionnaireResponse'],
    }),
    'derived-from': reference('Observation-derived-from', 'What it was derived from.', {
      paths: ['derivedFrom'],
      targets: ['Observation', 'DocumentReference', 'ImagingStudy', 'QuestionnaireResponse'],
    }),
  },
};
