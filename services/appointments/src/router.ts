import { createOpenApiRouter, FHIR_BASE, Router } from '@careplane/kit';
import { fhirDefinitions } from './fhir-definitions.ts';
import { createFhirRouter } from './kit-fhir.ts';
import type { AccessPort } from './kit-fhir.ts';
import { openApi } from './openapi.ts';
import type { Parts } from './parts.ts';

/** The public routes of this service; every one but the CapabilityStatement needs a user token. */
export function appointmentsRouter(parts: Parts, access: AccessPort): Router {
  const router = Router();
  const definitions = fhirDefinitions(parts, access);
  for (const { type } of definitions) router.use(`${FHIR_BASE}/${type}`, parts.users.require());
  const { audit, linkKey } = parts;
  router.use(createFhirRouter({ definitions, access, audit, linkKey, software: { name: 'appointments' } }));
  router.use(createOpenApiRouter(openApi()));
  return router;
}
