import { diagnosticReportSchema } from '@careplane/kit';
import { code, date, encounter, identifier, patient, reference, subject } from '../clinical/kind.ts';
import type { ClinicalKind } from '../clinical/kind.ts';

const PERFORMERS = ['Practitioner', 'PractitionerRole', 'Organization', 'CareTeam'];

export const diagnosticReport: ClinicalKind = {
  type: 'DiagnosticReport',
  documentation: 'Reports of laboratories, imaging and visits, with the results that they group.',
  schema: diagnosticReportSchema,
  patient: 'subject',
  category: 'category',
  parameters: {
    patient: patient('subject'),
    subject: subject('DiagnosticReport-subject'),
    identifier: identifier('clinical-identifier', 'identifier'),
    status: code('DiagnosticReport-status', 'final, preliminary, ...', 'status'),
    category: code('DiagnosticReport-category', 'Which service made it.', 'category'),
    code: code('clinical-code', 'The kind of report.', 'code'),
    conclusion: code('DiagnosticReport-conclusion', 'A coded conclusion.', 'conclusionCode'),
    date: date('clinical-date', 'What time it is about.', 'effectiveDateTime', 'effectivePeriod'),
    issued: date('DiagnosticReport-issued', 'When it was issued.', 'issued'),
    encounter: encounter('clinical-encounter'),
    performer: reference('DiagnosticReport-performer', 'Who made it.', {
      paths: ['performer'],
      targets: PERFORMERS,
    }),
    'results-interpreter': reference('DiagnosticReport-results-interpreter', 'Who interpreted the results.', {
      paths: ['resultsInterpreter'],
      targets: PERFORMERS,
    }),
    result: reference('DiagnosticReport-result', 'The results.', {
      paths: ['result'],
      targets: ['Observation'],
    }),
  },
};
