import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#CodeableConcept */
export const codeableConceptSpec: TypeSpec = {
  name: 'CodeableConcept',
  kind: 'Element',
  elements: {
    coding: '0..* Σ Coding',
    text: '0..1 Σ string',
  },
};
