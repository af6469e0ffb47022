import type { PersonKind } from './kind.ts';
import { active, humanParameters, identified } from './parameters.ts';
import { addressTerms, codeTerms, idTerms, nameTerms, telecomTerms } from './terms.ts';

export const practitioner: PersonKind = {
  type: 'Practitioner',
  documentation:
    'Somebody who treats patients. E-mail addresses are log-in names: patients are not shown them.',
  subjectOf: (id) => `Practitioner/${id}`,
  access: () => ({}),
  terms: (resource) => [
    ...nameTerms('Practitioner', resource),
    ...idTerms('Practitioner', resource),
    ...telecomTerms('Practitioner', resource),
    ...addressTerms('Practitioner', resource),
    ...codeTerms('Practitioner', resource, 'gender'),
    ...codeTerms('Practitioner', resource, 'active'),
  ],
  parameters: {
    ...identified('Practitioner'),
    ...humanParameters('Practitioner'),
    ...active('Practitioner'),
  },
};
