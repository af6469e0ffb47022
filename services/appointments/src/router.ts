import { Router } from '@careplane/kit';
import { appointmentDefinition } from './booking/fhir-routes.ts';
import { bookAppointment } from './booking/book-route.ts';
import { cancelAppointment } from './booking/cancel-route.ts';
import { createFhirRouter } from './kit-fhir.ts';
import type { AccessPort, ResourceDefinition } from './kit-fhir.ts';
import type { Parts } from './parts.ts';
import { listAppointments, readAppointment } from './booking/read-routes.ts';
import { scheduleDefinition } from './schedules/fhir-routes.ts';
import { listSchedules, openSchedule } from './schedules/routes.ts';
import { slotDefinition } from './slots/fhir-routes.ts';
import { listSlots } from './slots/routes.ts';

/** The resource types of this service over FHIR. */
export function fhirDefinitions(parts: Parts): ResourceDefinition[] {
  return [scheduleDefinition(parts), slotDefinition(parts), appointmentDefinition(parts)];
}

/** The public routes of this service; every one but the CapabilityStatement needs a user token. */
export function appointmentsRouter(parts: Parts, access: AccessPort): Router {
  const { users } = parts;
  const router = Router();
  const definitions = fhirDefinitions(parts);
  for (const { type } of definitions) router.use(`/fhir/R4/${type}`, users.require());
  router.use(createFhirRouter({ definitions, access, software: { name: 'appointments' } }));
  router.post('/v1/schedules', users.require('practitioner', 'admin'), openSchedule(parts));
  router.get('/v1/schedules', users.require(), listSchedules(parts));
  router.get('/v1/slots', users.require(), listSlots(parts));
  router.post('/v1/appointments', users.require(), bookAppointment(parts));
  router.get('/v1/appointments', users.require(), listAppointments(parts));
  router.get('/v1/appointments/:id', users.require(), readAppointment(parts));
  router.post('/v1/appointments/:id/cancel', users.require(), cancelAppointment(parts));
  return router;
}
