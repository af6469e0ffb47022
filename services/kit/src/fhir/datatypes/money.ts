import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#Money */
export const moneySpec: TypeSpec = {
  name: 'Money',
  kind: 'Element',
  elements: {
    value: '0..1 Σ decimal',
    currency: '0..1 Σ code',
  },
};
