import { carePlanSchema } from '@careplane/kit';
import { code, date, encounter, identifier, patient, reference, subject } from '../clinical/kind.ts';
import type { ClinicalKind } from '../clinical/kind.ts';

export const carePlan: ClinicalKind = {
  type: 'CarePlan',
  documentation: 'How a patient is to be cared for, and by whom.',
  schema: carePlanSchema,
  patient: 'subject',
  category: 'category',
  parameters: {
    patient: patient('subject'),
    subject: subject('CarePlan-subject'),
    identifier: identifier('clinical-identifier', 'identifier'),
    status: code('CarePlan-status', 'active, completed, ...', 'status'),
    intent: code('CarePlan-intent', 'plan, order, ...', 'intent'),
    category: code('CarePlan-category', 'assess-plan, ...', 'category'),
    'activity-code': code('CarePlan-activity-code', 'What is to be done.', 'activity.detail.code'),
    date: date('clinical-date', 'The time that the plan covers.', 'period'),
    encounter: encounter('CarePlan-encounter'),
    'care-team': reference('CarePlan-care-team', 'Who cares.', {
      paths: ['careTeam'],
      targets: ['CareTeam'],
    }),
    condition: reference('CarePlan-condition', 'What it is for.', {
      paths: ['addresses'],
      targets: ['Condition'],
    }),
    'part-of': reference('CarePlan-part-of', 'The larger plan.', {
      paths: ['partOf'],
      targets: ['CarePlan'],
    }),
    replaces: reference('CarePlan-replaces', 'The plan before.', {
      paths: ['replaces'],
      targets: ['CarePlan'],
    }),
  },
};
