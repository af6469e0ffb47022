import { immunizationSchema } from '@careplane/kit';
import { code, date, identifier, patient, reference, text } from '../clinical/kind.ts';
import type { ClinicalKind } from '../clinical/kind.ts';

export const immunization: ClinicalKind = {
  type: 'Immunization',
  documentation: 'Vaccines that a patient was given, or was not.',
  schema: immunizationSchema,
  patient: 'patient',
  parameters: {
    patient: patient('patient'),
    identifier: identifier('clinical-identifier', 'identifier'),
    status: code('Immunization-status', 'completed, not-done, entered-in-error.', 'status'),
    'status-reason': code('Immunization-status-reason', 'Why it was not given.', 'statusReason'),
    'vaccine-code': code('Immunization-vaccine-code', 'The vaccine.', 'vaccineCode'),
    'target-disease': code(
      'Immunization-target-disease',
      'What it protects from.',
      'protocolApplied.targetDisease',
    ),
    'reason-code': code('Immunization-reason-code', 'Why it was given.', 'reasonCode'),
    'lot-number': text('Immunization-lot-number', 'The lot of the vaccine.', 'lotNumber'),
    date: date('clinical-date', 'When it was given.', 'occurrenceDateTime'),
    'reaction-date': date('Immunization-reaction-date', 'When the patient reacted.', 'reaction.date'),
    location: reference('Immunization-location', 'Where it was given.', {
      paths: ['location'],
      targets: ['Location'],
    }),
    performer: reference('Immunization-performer', 'Who gave it.', {
      paths: ['performer.actor'],
      targets: ['Practitioner', 'PractitionerRole', 'Organization'],
    }),
    reaction: reference('Immunization-reaction', 'How the patient reacted.', {
      paths: ['reaction.detail'],
      targets: ['Observation'],
    }),
  },
};
