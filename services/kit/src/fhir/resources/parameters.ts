import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/parameters.html */
export const parametersSpec: TypeSpec = {
  name: 'Parameters',
  kind: 'Resource',
  elements: {
    parameter: {
      is: '0..* Σ',
      of: {
        name: '1..1 Σ string',
        'value[x]': '0..1 Σ *',
        resource: '0..1 Σ Resource',
        part: '0..* Σ #parameter',
      },
    },
  },
};
