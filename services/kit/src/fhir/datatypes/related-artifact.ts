import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#RelatedArtifact */
export const relatedArtifactSpec: TypeSpec = {
  name: 'RelatedArtifact',
  kind: 'Element',
  elements: {
    type: '1..1 Σ code(documentation | justification | citation | predecessor | successor | derived-from | depends-on | composed-of)',
    label: '0..1 Σ string',
    display: '0..1 Σ string',
    citation: '0..1 Σ markdown',
    url: '0..1 Σ url',
    document: '0..1 Σ Attachment',
    resource: '0..1 Σ canonical',
  },
};
