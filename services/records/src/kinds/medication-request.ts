import { medicationRequestSchema } from '@careplane/kit';
import { code, date, encounter, identifier, patient, reference, subject } from '../clinical/kind.ts';
import type { ClinicalKind } from '../clinical/kind.ts';

const PERFORMERS = [
  'Practitioner',
  'PractitionerRole',
  'Organization',
  'Patient',
  'Device',
  'RelatedPerson',
  'CareTeam',
];

export const medicationRequest: ClinicalKind = {
  type: 'MedicationRequest',
  documentation: 'Prescriptions and orders of medicines.',
  schema: medicationRequestSchema,
  patient: 'subject',
  category: 'category',
  parameters: {
    patient: patient('subject'),
    subject: subject('MedicationRequest-subject'),
    identifier: identifier('clinical-identifier', 'identifier'),
    status: code('medications-status', 'active, stopped, ...', 'status'),
    intent: code('MedicationRequest-intent', 'order, plan, ...', 'intent'),
    category: code('MedicationRequest-category', 'inpatient, community, ...', 'category'),
    priority: code('MedicationRequest-priority', 'routine, urgent, ...', 'priority'),
    code: code('clinical-code', 'The medicine.', 'medicationCodeableConcept'),
    authoredon: date('MedicationRequest-authoredon', 'When it was written.', 'authoredOn'),
    date: date('medications-date', 'When the medicine is to be taken.', 'dosageInstruction.timing.event'),
    encounter: encounter('medications-encounter'),
    requester: reference('MedicationRequest-requester', 'Who prescribed it.', {
      paths: ['requester'],
      targets: ['Practitioner', 'PractitionerRole', 'Organization', 'Patient', 'RelatedPerson', 'Device'],
    }),
    'intended-performer': reference('MedicationRequest-intended-performer', 'Who is to give it.', {
      paths: ['performer'],
      targets: PERFORMERS,
    }),
    'intended-dispenser': reference('MedicationRequest-intended-dispenser', 'Who is to dispense it.', {
      paths: ['dispenseRequest.performer'],
      targets: ['Organization'],
    }),
  },
};
