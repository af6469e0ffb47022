import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#Identifier */
export const identifierSpec: TypeSpec = {
  name: 'Identifier',
  kind: 'Element',
  elements: {
    use: '0..1 Σ code(usual | official | temp | secondary | old)',
    type: '0..1 Σ CodeableConcept',
    system: '0..1 Σ uri',
    value: '0..1 Σ string',
    period: '0..1 Σ Period',
    assigner: '0..1 Σ Reference(Organization)',
  },
};
