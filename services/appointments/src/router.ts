import { FHIR_BASE, Router } from '@careplane/kit';
import { appointmentDefinition } from './booking/fhir-routes.ts';
import { createFhirRouter } from './kit-fhir.ts';
import type { AccessPort, ResourceDefinition } from './kit-fhir.ts';
import type { Parts } from './parts.ts';
import { scheduleDefinition } from './schedules/fhir-routes.ts';
import { slotDefinition } from './slots/fhir-routes.ts';

/** The resource types of this service over FHIR. */
export function fhirDefinitions(parts: Parts): ResourceDefinition[] {
  return [scheduleDefinition(parts), slotDefinition(parts), appointmentDefinition(parts)];
}

/** The public routes of this service; every one but the CapabilityStatement needs a user token. */
export function appointmentsRouter(parts: Parts, access: AccessPort): Router {
  const router = Router();
  const definitions = fhirDefinitions(parts);
  for (const { type } of definitions) router.use(`${FHIR_BASE}/${type}`, parts.users.require());
  router.use(createFhirRouter({ definitions, access, software: { name: 'appointments' } }));
  return router;
}
