import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#Age */
export const ageSpec: TypeSpec = {
  name: 'Age',
  kind: 'Element',
  elements: {
    value: '0..1 Σ decimal',
    comparator: '0..1 Σ code(< | <= | >= | >)',
    unit: '0..1 Σ string',
    system: '0..1 Σ uri',
    code: '0..1 Σ code',
  },
};
