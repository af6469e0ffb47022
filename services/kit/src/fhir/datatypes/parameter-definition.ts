import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#ParameterDefinition */
export const parameterDefinitionSpec: TypeSpec = {
  name: 'ParameterDefinition',
  kind: 'Element',
  elements: {
    name: '0..1 Σ code',
    use: '1..1 Σ code(in | out)',
    min: '0..1 Σ integer',
    max: '0..1 Σ string',
    documentation: '0..1 Σ string',
    type: '1..1 Σ code',
    profile: '0..1 Σ canonical',
  },
};
