import { createOpenApiRouter, Router } from '@careplane/kit';
import { bookAppointment } from './booking/book-route.ts';
import { cancelAppointment } from './booking/cancel-route.ts';
import { fhirDefinitions } from './fhir-definitions.ts';
import { createFhirRouter } from './kit-fhir.ts';
import type { AccessPort } from './kit-fhir.ts';
import { openApi } from './openapi.ts';
import type { Parts } from './parts.ts';
import { listAppointments, readAppointment } from './booking/read-routes.ts';
import { listSchedules, openSchedule } from './schedules/routes.ts';
import { listSlots } from './slots/routes.ts';

/** The public routes of this service; every one but the CapabilityStatement needs a user token. */
export function appointmentsRouter(parts: Parts, access: AccessPort): Router {
  const { users } = parts;
  const router = Router();
  const definitions = fhirDefinitions(parts);
  for (const { type } of definitions) router.use(`/fhir/R4/${type}`, users.require());
  // No linkKey: this service has no secret, and its search parameters are ids, times and codes, as in the links of a GET.
  router.use(createFhirRouter({ definitions, access, software: { name: 'appointments' } }));
  router.use(createOpenApiRouter(openApi()));
  router.post('/v1/schedules', users.require('practitioner', 'admin'), openSchedule(parts));
  router.get('/v1/schedules', users.require(), listSchedules(parts));
  router.get('/v1/slots', users.require(), listSlots(parts));
  router.post('/v1/appointments', users.require(), bookAppointment(parts));
  router.get('/v1/appointments', users.require(), listAppointments(parts));
  router.get('/v1/appointments/:id', users.require(), readAppointment(parts));
  router.post('/v1/appointments/:id/cancel', users.require(), cancelAppointment(parts));
  return router;
}
