import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#Meta */
export const metaSpec: TypeSpec = {
  name: 'Meta',
  kind: 'Element',
  elements: {
    versionId: '0..1 Σ id',
    lastUpdated: '0..1 Σ instant',
    source: '0..1 Σ uri',
    profile: '0..* Σ canonical',
    security: '0..* Σ Coding',
    tag: '0..* Σ Coding',
  },
};
