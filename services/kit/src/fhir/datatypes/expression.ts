import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#Expression */
export const expressionSpec: TypeSpec = {
  name: 'Expression',
  kind: 'Element',
  elements: {
    description: '0..1 Σ string',
    name: '0..1 Σ id',
    language: '1..1 Σ code',
    expression: '0..1 Σ string',
    reference: '0..1 Σ uri',
  },
};
