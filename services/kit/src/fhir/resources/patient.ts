import type { TypeSpec } from '../schema/spec.ts';
import { isFutureDate } from '../search/dates.ts';

/** https://hl7.org/fhir/R4/patient.html */
export const patientSpec: TypeSpec = {
  name: 'Patient',
  kind: 'DomainResource',
  elements: {
    identifier: '0..* Σ Identifier',
    active: '0..1 Σ boolean',
    name: '0..* Σ HumanName',
    telecom: '0..* Σ ContactPoint',
    gender: '0..1 Σ code(male | female | other | unknown)',
    birthDate: '0..1 Σ date',
    'deceased[x]': '0..1 Σ boolean | dateTime',
    address: '0..* Σ Address',
    maritalStatus: '0..1 CodeableConcept',
    'multipleBirth[x]': '0..1 boolean | integer',
    photo: '0..* Attachment',
    contact: {
      is: '0..*',
      of: {
        relationship: '0..* CodeableConcept',
        name: '0..1 HumanName',
        telecom: '0..* ContactPoint',
        address: '0..1 Address',
        gender: '0..1 code(male | female | other | unknown)',
        organization: '0..1 Reference(Organization)',
        period: '0..1 Period',
      },
      check({ name, telecom, address, organization }, fault) {
        const details = [name, telecom, address, organization];
        if (details.every((detail) => detail === undefined))
          fault([], 'a contact needs details or an organization');
      },
    },
    communication: {
      is: '0..*',
      of: {
        language: '1..1 CodeableConcept',
        preferred: '0..1 boolean',
      },
    },
    generalPractitioner: '0..* Reference(Organization | Practitioner | PractitionerRole)',
    managingOrganization: '0..1 Σ Reference(Organization)',
    link: {
      is: '0..* Σ',
      of: {
        other: '1..1 Σ Reference(Patient | RelatedPerson)',
        type: '1..1 Σ code(replaced-by | replaces | refer | seealso)',
      },
    },
  },
  check({ birthDate, deceasedDateTime }, fault) {
    if (typeof birthDate === 'string' && isFutureDate(birthDate))
      fault(['birthDate'], 'must not be in the future');
    if (typeof deceasedDateTime === 'string' && isFutureDate(deceasedDateTime)) {
      fault(['deceasedDateTime'], 'must not be in the future');
    }
  },
};
