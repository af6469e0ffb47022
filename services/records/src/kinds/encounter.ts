import { encounterSchema } from '@careplane/kit';
import { code, date, identifier, patient, reference, subject } from '../clinical/kind.ts';
import type { ClinicalKind } from '../clinical/kind.ts';

export const encounter: ClinicalKind = {
  type: 'Encounter',
  documentation: 'Visits and stays of a patient, with who took part and why.',
  schema: encounterSchema,
  patient: 'subject',
  parameters: {
    patient: patient('subject'),
    subject: subject('Encounter-subject'),
    identifier: identifier('clinical-identifier', 'identifier'),
    status: code('Encounter-status', 'planned, finished, ...', 'status'),
    class: code('Encounter-class', 'ambulatory, inpatient, ...', 'class'),
    type: code('clinical-type', 'The kind of visit.', 'type'),
    'reason-code': code('Encounter-reason-code', 'Why the patient came.', 'reasonCode'),
    date: date('clinical-date', 'When it was.', 'period'),
    participant: reference('Encounter-participant', 'Who took part.', {
      paths: ['participant.individual'],
      targets: ['Practitioner', 'PractitionerRole', 'RelatedPerson'],
    }),
    appointment: reference('Encounter-appointment', 'The appointment that it was booked by.', {
      paths: ['appointment'],
      targets: ['Appointment'],
    }),
    diagnosis: reference('Encounter-diagnosis', 'What was found.', {
      paths: ['diagnosis.condition'],
      targets: ['Condition', 'Procedure'],
    }),
    location: reference('Encounter-location', 'Where it was.', {
      paths: ['location.location'],
      targets: ['Location'],
    }),
    'service-provider': reference('Encounter-service-provider', 'Which organization it was at.', {
      paths: ['serviceProvider'],
      targets: ['Organization'],
    }),
    'part-of': reference('Encounter-part-of', 'The stay that it belongs to.', {
      paths: ['partOf'],
      targets: ['Encounter'],
    }),
  },
};
