import type { PersonKind } from './kind.ts';
import { active, humanParameters, identified } from './parameters.ts';
import { humanTerms } from './terms.ts';

export const practitioner: PersonKind = {
  type: 'Practitioner',
  documentation:
    'Somebody who treats patients. E-mail addresses are log-in names: patients are not shown them.',
  subjectOf: (id) => `Practitioner/${id}`,
  access: () => ({}),
  terms: (resource) => [...humanTerms('Practitioner', resource)],
  parameters: {
    ...identified('Practitioner'),
    ...humanParameters('Practitioner'),
    ...active('Practitioner'),
  },
};
