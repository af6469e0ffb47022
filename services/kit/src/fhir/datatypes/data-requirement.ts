import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#DataRequirement */
export const dataRequirementSpec: TypeSpec = {
  name: 'DataRequirement',
  kind: 'Element',
  elements: {
    type: '1..1 Σ code',
    profile: '0..* Σ canonical',
    'subject[x]': '0..1 Σ CodeableConcept | Reference(Group)',
    mustSupport: '0..* Σ string',
    codeFilter: {
      is: '0..* Σ',
      of: {
        path: '0..1 Σ string',
        searchParam: '0..1 Σ string',
        valueSet: '0..1 Σ canonical',
        code: '0..* Σ Coding',
      },
    },
    dateFilter: {
      is: '0..* Σ',
      of: {
        path: '0..1 Σ string',
        searchParam: '0..1 Σ string',
        'value[x]': '0..1 Σ dateTime | Period | Duration',
      },
    },
    limit: '0..1 Σ positiveInt',
    sort: {
      is: '0..* Σ',
      of: {
        path: '1..1 Σ string',
        direction: '1..1 Σ code(ascending | descending)',
      },
    },
  },
};
