import { openApiDocument } from '@careplane/kit';
import type { ResourceDefinition } from '@careplane/kit';
import { auditEventDefinition } from './events/definition.ts';
import type { EventStore } from './events/store.ts';

/** The resource types of this service over FHIR. */
export function fhirDefinitions(store: Pick<EventStore, 'read' | 'vread' | 'search'>): ResourceDefinition[] {
  return [auditEventDefinition(store)];
}

const nothing = {
  read: () => Promise.resolve(undefined),
  vread: () => Promise.resolve(undefined),
  search: () => Promise.resolve({ resources: [] }),
};

/** The same without a database, for documents and tests. */
export const definitions: readonly ResourceDefinition[] = fhirDefinitions(nothing);

/** The OpenAPI document that is served at `/openapi.json`. */
export function openApi(): ReturnType<typeof openApiDocument> {
  return openApiDocument({
    name: 'audit',
    description: 'Who did what to whose data: AuditEvents over FHIR R4, read only.',
    definitions,
  });
}
