import { appointmentDefinition } from './booking/fhir-routes.ts';
import type { ResourceDefinition } from './kit-fhir.ts';
import type { Parts } from './parts.ts';
import { scheduleDefinition } from './schedules/fhir-routes.ts';
import { slotDefinition } from './slots/fhir-routes.ts';

/** The resource types of this service over FHIR. */
export function fhirDefinitions(parts: Parts): ResourceDefinition[] {
  return [scheduleDefinition(parts), slotDefinition(parts), appointmentDefinition(parts)];
}
