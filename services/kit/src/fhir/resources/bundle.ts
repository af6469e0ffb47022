import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/bundle.html */
export const bundleSpec: TypeSpec = {
  name: 'Bundle',
  kind: 'Resource',
  elements: {
    identifier: '0..1 Σ Identifier',
    type: '1..1 Σ code(document | message | transaction | transaction-response | batch | batch-response | history | searchset | collection)',
    timestamp: '0..1 Σ instant',
    total: '0..1 Σ unsignedInt',
    link: {
      is: '0..* Σ',
      of: {
        relation: '1..1 Σ string',
        url: '1..1 Σ uri',
      },
    },
    entry: {
      is: '0..* Σ',
      of: {
        link: '0..* Σ #link',
        fullUrl: '0..1 Σ uri',
        resource: '0..1 Σ Resource',
        search: {
          is: '0..1 Σ',
          of: {
            mode: '0..1 Σ code(match | include | outcome)',
            score: '0..1 Σ decimal',
          },
        },
        request: {
          is: '0..1 Σ',
          of: {
            method: '1..1 Σ code(GET | HEAD | POST | PUT | DELETE | PATCH)',
            url: '1..1 Σ uri',
            ifNoneMatch: '0..1 Σ string',
            ifModifiedSince: '0..1 Σ instant',
            ifMatch: '0..1 Σ string',
            ifNoneExist: '0..1 Σ string',
          },
        },
        response: {
          is: '0..1 Σ',
          of: {
            status: '1..1 Σ string',
            location: '0..1 Σ uri',
            etag: '0..1 Σ string',
            lastModified: '0..1 Σ instant',
            outcome: '0..1 Σ Resource',
          },
        },
      },
    },
    signature: '0..1 Σ Signature',
  },
};
