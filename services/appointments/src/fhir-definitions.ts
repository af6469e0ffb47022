import { appointmentDefinition } from './booking/fhir-routes.ts';
import { withEverything } from './kit-fhir.ts';
import type { AccessPort, ResourceDefinition } from './kit-fhir.ts';
import type { Parts } from './parts.ts';
import { scheduleDefinition } from './schedules/fhir-routes.ts';
import { slotDefinition } from './slots/fhir-routes.ts';

/** The resource types of this service over FHIR. */
export function fhirDefinitions(parts: Parts, access: AccessPort): ResourceDefinition[] {
  const definitions = [scheduleDefinition(parts), slotDefinition(parts), appointmentDefinition(parts)];
  return withEverything(definitions, { at: 'Appointment', access, linkKey: parts.linkKey });
}
