import { dateParameter, referenceParameter } from '@careplane/kit';
import { referencedIds } from '../elements.ts';
import type { PersonKind } from './kind.ts';
import { active, described, humanParameters, identified } from './parameters.ts';
import { birthTerms, humanTerms, ids, referenceTerms } from './terms.ts';

const GENERAL_PRACTITIONERS = ['Practitioner', 'Organization', 'PractitionerRole'];

export const patient: PersonKind = {
  type: 'Patient',
  documentation:
    'A person who is or may be treated. Names, dates, addresses and identifiers are stored encrypted.',
  subjectOf: (id) => `Patient/${id}`,
  access: (resource) =>
    ids({
      practitioner: referencedIds(resource, 'generalPractitioner', 'Practitioner'),
      organization: [
        ...referencedIds(resource, 'managingOrganization', 'Organization'),
        ...referencedIds(resource, 'generalPractitioner', 'Organization'),
      ],
    }),
  terms: (resource) => [
    ...humanTerms('Patient', resource),
    ...birthTerms('Patient', resource),
    ...referenceTerms('Patient.general-practitioner', resource, {
      element: 'generalPractitioner',
      types: GENERAL_PRACTITIONERS,
    }),
    ...referenceTerms('Patient.organization', resource, {
      element: 'managingOrganization',
      types: ['Organization'],
    }),
  ],
  parameters: {
    ...identified('Patient'),
    ...humanParameters('Patient'),
    ...active('Patient'),
    birthdate: dateParameter('Patient.birthdate', 'The date of birth, also partial.', 'individual-birthdate'),
    'general-practitioner': referenceParameter(
      'Patient.general-practitioner',
      GENERAL_PRACTITIONERS,
      described('Patient-general-practitioner', 'Who usually treats the patient.', 'generalPractitioner'),
    ),
    organization: referenceParameter(
      'Patient.organization',
      ['Organization'],
      described('Patient-organization', 'The organization that keeps the record.', 'managingOrganization'),
    ),
  },
};
