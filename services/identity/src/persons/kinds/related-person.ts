import { dateParameter, referenceParameter } from '@careplane/kit';
import { referencedIds } from '../elements.ts';
import type { PersonKind } from './kind.ts';
import { active, described, humanParameters, identified } from './parameters.ts';
import { birthTerms, humanTerms, ids, referenceTerms } from './terms.ts';

export const relatedPerson: PersonKind = {
  type: 'RelatedPerson',
  documentation: 'A parent, guardian or another person around a patient; stored under that patient’s key.',
  subjectOf: (id, resource) => {
    const [of] = referencedIds(resource, 'patient', 'Patient');
    return of === undefined ? `RelatedPerson/${id}` : `Patient/${of}`;
  },
  access: (resource) => ids({ patient: referencedIds(resource, 'patient', 'Patient') }),
  terms: (resource) => [
    ...humanTerms('RelatedPerson', resource),
    ...birthTerms('RelatedPerson', resource),
    ...referenceTerms('RelatedPerson.patient', resource, { element: 'patient', types: ['Patient'] }),
  ],
  parameters: {
    ...identified('RelatedPerson'),
    ...humanParameters('RelatedPerson'),
    ...active('RelatedPerson'),
    birthdate: dateParameter('RelatedPerson.birthdate', 'The date of birth.', 'individual-birthdate'),
    patient: referenceParameter(
      'RelatedPerson.patient',
      ['Patient'],
      described('RelatedPerson-patient', 'The patient.', 'patient'),
    ),
  },
};
