import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#Contributor */
export const contributorSpec: TypeSpec = {
  name: 'Contributor',
  kind: 'Element',
  elements: {
    type: '1..1 Σ code(author | editor | reviewer | endorser)',
    name: '1..1 Σ string',
    contact: '0..* Σ ContactDetail',
  },
};
