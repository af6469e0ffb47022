import type { TypeSpec } from '../schema/spec.ts';
import { isFutureDate } from '../search/dates.ts';

/** https://hl7.org/fhir/R4/relatedperson.html */
export const relatedPersonSpec: TypeSpec = {
  name: 'RelatedPerson',
  kind: 'DomainResource',
  elements: {
    identifier: '0..* Σ Identifier',
    active: '0..1 Σ boolean',
    patient: '1..1 Σ Reference(Patient)',
    relationship: '0..* Σ CodeableConcept',
    name: '0..* Σ HumanName',
    telecom: '0..* Σ ContactPoint',
    gender: '0..1 Σ code(male | female | other | unknown)',
    birthDate: '0..1 Σ date',
    address: '0..* Σ Address',
    photo: '0..* Attachment',
    period: '0..1 Period',
    communication: {
      is: '0..*',
      of: {
        language: '1..1 CodeableConcept',
        preferred: '0..1 boolean',
      },
    },
  },
  check({ birthDate }, fault) {
    if (typeof birthDate === 'string' && isFutureDate(birthDate))
      fault(['birthDate'], 'must not be in the future');
  },
};
