import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#Reference */
export const referenceSpec: TypeSpec = {
  name: 'Reference',
  kind: 'Element',
  elements: {
    reference: '0..1 Σ string',
    type: '0..1 Σ uri',
    identifier: '0..1 Σ Identifier',
    display: '0..1 Σ name',
  },
};
