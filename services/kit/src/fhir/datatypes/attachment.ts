import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#Attachment */
export const attachmentSpec: TypeSpec = {
  name: 'Attachment',
  kind: 'Element',
  elements: {
    contentType: '0..1 Σ code',
    language: '0..1 Σ code',
    data: '0..1 base64Binary',
    url: '0..1 Σ url',
    size: '0..1 Σ unsignedInt',
    hash: '0..1 Σ base64Binary',
    title: '0..1 Σ string',
    creation: '0..1 Σ dateTime',
  },
  check({ data, contentType }, fault) {
    if (data !== undefined && contentType === undefined) fault(['contentType'], 'is needed with data');
  },
};
