import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#Coding */
export const codingSpec: TypeSpec = {
  name: 'Coding',
  kind: 'Element',
  elements: {
    system: '0..1 Σ uri',
    version: '0..1 Σ string',
    code: '0..1 Σ code',
    display: '0..1 Σ string',
    userSelected: '0..1 Σ boolean',
  },
};
