import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#Ratio */
export const ratioSpec: TypeSpec = {
  name: 'Ratio',
  kind: 'Element',
  elements: {
    numerator: '0..1 Σ Quantity',
    denominator: '0..1 Σ Quantity',
  },
};
