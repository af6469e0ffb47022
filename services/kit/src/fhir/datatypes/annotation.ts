import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#Annotation */
export const annotationSpec: TypeSpec = {
  name: 'Annotation',
  kind: 'Element',
  elements: {
    'author[x]': '0..1 Σ Reference(Practitioner | Patient | RelatedPerson | Organization) | string',
    time: '0..1 Σ dateTime',
    text: '1..1 Σ markdown',
  },
};
