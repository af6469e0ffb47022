import type { TypeSpec } from '../schema/spec.ts';
import { isFutureDate } from '../search/dates.ts';

/** https://hl7.org/fhir/R4/practitioner.html */
export const practitionerSpec: TypeSpec = {
  name: 'Practitioner',
  kind: 'DomainResource',
  elements: {
    identifier: '0..* Σ Identifier',
    active: '0..1 Σ boolean',
    name: '0..* Σ HumanName',
    telecom: '0..* Σ ContactPoint',
    address: '0..* Σ Address',
    gender: '0..1 Σ code(male | female | other | unknown)',
    birthDate: '0..1 Σ date',
    photo: '0..* Attachment',
    qualification: {
      is: '0..*',
      of: {
        identifier: '0..* Identifier',
        code: '1..1 CodeableConcept',
        period: '0..1 Period',
        issuer: '0..1 Reference(Organization)',
      },
    },
    communication: '0..* CodeableConcept',
  },
  check({ birthDate }, fault) {
    if (typeof birthDate === 'string' && isFutureDate(birthDate))
      fault(['birthDate'], 'must not be in the future');
  },
};
