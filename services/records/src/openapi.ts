import { BlindIndex, exportRoutes, openApiDocument } from '@careplane/kit';
import type { ResourceDefinition } from '@careplane/kit';
import { openStores, recordDefinitions } from './definitions.ts';
import { sealedRoutes } from './sealed-documents/index.ts';

const parts = {
  mongo: { collection: () => ({}) },
  protection: { index: new BlindIndex(['of no data']) },
} as unknown as Parameters<typeof recordDefinitions>[1];
/** The resource types of this service without a database, for documents and tests: their stores answer nothing. */
export const definitions: readonly ResourceDefinition[] = recordDefinitions(openStores(parts), parts);

/** The OpenAPI document that is served at `/openapi.json`. */
export function openApi(): ReturnType<typeof openApiDocument> {
  return openApiDocument({
    name: 'records',
    description: 'Medical records of patients over FHIR R4.',
    definitions,
    routes: [...exportRoutes, ...sealedRoutes],
  });
}
