import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/binary.html */
export const binarySpec: TypeSpec = {
  name: 'Binary',
  kind: 'Resource',
  elements: {
    contentType: '1..1 Σ code',
    securityContext: '0..1 Σ Reference',
    data: '0..1 base64Binary',
  },
};
