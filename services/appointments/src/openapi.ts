import { openApiDocument } from '@careplane/kit';
import type { AccessPort, ResourceDefinition } from '@careplane/kit';
import { fhirDefinitions } from './fhir-definitions.ts';
import type { Parts } from './parts.ts';

/** The resource types of this service without a database, for documents and tests: their stores answer nothing. */
export const definitions: readonly ResourceDefinition[] = fhirDefinitions(
  { store: {} } as unknown as Parts,
  {} as unknown as AccessPort,
);

/** The OpenAPI document that is served at `/openapi.json`. */
export function openApi(): ReturnType<typeof openApiDocument> {
  return openApiDocument({
    name: 'appointments',
    description: 'Schedules, free slots and appointments over FHIR R4.',
    definitions,
  });
}
