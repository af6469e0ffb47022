import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#Signature */
export const signatureSpec: TypeSpec = {
  name: 'Signature',
  kind: 'Element',
  elements: {
    type: '1..* Σ Coding',
    when: '1..1 Σ instant',
    who: '1..1 Σ Reference(Practitioner | PractitionerRole | RelatedPerson | Patient | Device | Organization)',
    onBehalfOf:
      '0..1 Σ Reference(Practitioner | PractitionerRole | RelatedPerson | Patient | Device | Organization)',
    targetFormat: '0..1 code',
    sigFormat: '0..1 code',
    data: '0..1 base64Binary',
  },
};
