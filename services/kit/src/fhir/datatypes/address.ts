import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#Address */
export const addressSpec: TypeSpec = {
  name: 'Address',
  kind: 'Element',
  elements: {
    use: '0..1 Σ code(home | work | temp | old | billing)',
    type: '0..1 Σ code(postal | physical | both)',
    text: '0..1 Σ string',
    line: '0..* Σ string',
    city: '0..1 Σ string',
    district: '0..1 Σ string',
    state: '0..1 Σ string',
    postalCode: '0..1 Σ string',
    country: '0..1 Σ string',
    period: '0..1 Σ Period',
  },
};
