import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#ContactDetail */
export const contactDetailSpec: TypeSpec = {
  name: 'ContactDetail',
  kind: 'Element',
  elements: {
    name: '0..1 Σ string',
    telecom: '0..* Σ ContactPoint',
  },
};
