import { Router } from '@careplane/kit';
import { bookAppointment } from './booking/book-route.ts';
import { cancelAppointment } from './booking/cancel-route.ts';
import type { Parts } from './parts.ts';
import { listAppointments, readAppointment } from './booking/read-routes.ts';
import { listSchedules, openSchedule } from './schedules/routes.ts';
import { listSlots } from './slots/routes.ts';

/** The public routes of this service; every one needs a user token. */
export function appointmentsRouter(parts: Parts): Router {
  const { users } = parts;
  const router = Router();
  router.post('/v1/schedules', users.require('practitioner', 'admin'), openSchedule(parts));
  router.get('/v1/schedules', users.require(), listSchedules(parts));
  router.get('/v1/slots', users.require(), listSlots(parts));
  router.post('/v1/appointments', users.require(), bookAppointment(parts));
  router.get('/v1/appointments', users.require(), listAppointments(parts));
  router.get('/v1/appointments/:id', users.require(), readAppointment(parts));
  router.post('/v1/appointments/:id/cancel', users.require(), cancelAppointment(parts));
  return router;
}
