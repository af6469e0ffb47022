import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#Narrative */
export const narrativeSpec: TypeSpec = {
  name: 'Narrative',
  kind: 'Element',
  elements: {
    status: '1..1 code(generated | extensions | additional | empty)',
    div: '1..1 xhtml',
  },
};
