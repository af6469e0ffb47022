import type { PersonType } from '../person-record.ts';
import type { PersonKind } from './kind.ts';
import { patient } from './patient.ts';
import { place } from './place.ts';
import { practitionerRole } from './practitioner-role.ts';
import { practitioner } from './practitioner.ts';
import { relatedPerson } from './related-person.ts';

/** Every type, by its name. */
export const KINDS: Readonly<Record<PersonType, PersonKind>> = {
  Patient: patient,
  RelatedPerson: relatedPerson,
  Practitioner: practitioner,
  PractitionerRole: practitionerRole,
  Organization: place('Organization', { element: 'partOf', documentation: 'What it is a part of.' }),
  Location: place('Location', { element: 'managingOrganization', documentation: 'Who runs it.' }),
};
