import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/organization.html */
export const organizationSpec: TypeSpec = {
  name: 'Organization',
  kind: 'DomainResource',
  elements: {
    identifier: '0..* Σ Identifier',
    active: '0..1 Σ boolean',
    type: '0..* Σ CodeableConcept',
    name: '0..1 Σ name',
    alias: '0..* name',
    telecom: '0..* ContactPoint',
    address: '0..* Address',
    partOf: '0..1 Σ Reference(Organization)',
    contact: {
      is: '0..*',
      of: {
        purpose: '0..1 CodeableConcept',
        name: '0..1 HumanName',
        telecom: '0..* ContactPoint',
        address: '0..1 Address',
      },
    },
    endpoint: '0..* Reference(Endpoint)',
  },
  check({ identifier, name, _name }, fault) {
    if ([identifier, name, _name].every((part) => part === undefined))
      fault([], 'a name or an identifier is needed');
  },
};
