import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#Range */
export const rangeSpec: TypeSpec = {
  name: 'Range',
  kind: 'Element',
  elements: {
    low: '0..1 Σ Quantity',
    high: '0..1 Σ Quantity',
  },
};
