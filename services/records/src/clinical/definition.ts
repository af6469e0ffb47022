import type { ResourceDefinition } from '@careplane/kit';
import { attributesOf } from './attributes.ts';
import { datesOf } from './kind.ts';
import type { ClinicalKind } from './kind.ts';
import type { ClinicalStore } from './store.ts';

/** A type over FHIR R4, for `createFhirRouter`. */
export function clinicalDefinition(kind: ClinicalKind, store: ClinicalStore): ResourceDefinition {
  const [careDate] = datesOf(kind);
  return {
    type: kind.type,
    documentation: kind.documentation,
    schema: kind.schema,
    keepsDecimals: true,
    attributes: (resource) => attributesOf(kind, resource),
    searchParameters: kind.parameters,
    includes: Object.keys(kind.parameters).filter((name) => kind.parameters[name]?.type === 'reference'),
    store,
    transactional: store,
    ...(careDate === undefined ? {} : { careDate }),
    exports: store,
  };
}
