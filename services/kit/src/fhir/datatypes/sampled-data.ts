import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#SampledData */
export const sampledDataSpec: TypeSpec = {
  name: 'SampledData',
  kind: 'Element',
  elements: {
    origin: '1..1 Σ Quantity',
    period: '1..1 Σ decimal',
    factor: '0..1 Σ decimal',
    lowerLimit: '0..1 Σ decimal',
    upperLimit: '0..1 Σ decimal',
    dimensions: '1..1 Σ positiveInt',
    data: '0..1 string',
  },
};
