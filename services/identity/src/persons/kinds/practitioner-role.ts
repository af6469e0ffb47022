import { referenceParameter, tokenParameter } from '@careplane/kit';
import { referencedIds } from '../elements.ts';
import { CLINIC } from './kind.ts';
import type { PersonKind } from './kind.ts';
import { active, contactParameters, described, identified } from './parameters.ts';
import { codeTerms, codings, ids, idTerms, referenceTerms, telecomTerms } from './terms.ts';

export const practitionerRole: PersonKind = {
  type: 'PractitionerRole',
  documentation: 'What a practitioner does for an organization, and where.',
  subjectOf: () => CLINIC,
  access: (resource) =>
    ids({
      practitioner: referencedIds(resource, 'practitioner', 'Practitioner'),
      organization: referencedIds(resource, 'organization', 'Organization'),
    }),
  terms: (resource) => [
    ...idTerms('PractitionerRole', resource),
    ...telecomTerms('PractitionerRole', resource),
    ...codeTerms('PractitionerRole', resource, 'active'),
    ...codings('PractitionerRole', resource, 'code'),
    ...codings('PractitionerRole', resource, 'specialty'),
    ...referenceTerms('PractitionerRole.practitioner', resource, {
      element: 'practitioner',
      types: ['Practitioner'],
    }),
    ...referenceTerms('PractitionerRole.organization', resource, {
      element: 'organization',
      types: ['Organization'],
    }),
    ...referenceTerms('PractitionerRole.location', resource, { element: 'location', types: ['Location'] }),
  ],
  parameters: {
    ...identified('PractitionerRole'),
    ...active('PractitionerRole'),
    ...contactParameters('PractitionerRole'),
    role: tokenParameter('PractitionerRole.code', { documentation: 'The role.', selectivity: 1 }),
    specialty: tokenParameter('PractitionerRole.specialty', {
      documentation: 'The specialty.',
      selectivity: 1,
    }),
    practitioner: referenceParameter(
      'PractitionerRole.practitioner',
      ['Practitioner'],
      described('PractitionerRole-practitioner', 'The practitioner.', 'practitioner'),
    ),
    organization: referenceParameter(
      'PractitionerRole.organization',
      ['Organization'],
      described('PractitionerRole-organization', 'The organization.', 'organization'),
    ),
    location: referenceParameter(
      'PractitionerRole.location',
      ['Location'],
      described('PractitionerRole-location', 'A place where the role is filled.', 'location'),
    ),
  },
};
