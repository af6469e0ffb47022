import { z } from 'zod';
import { CELL_MINUTES } from '../grid/cells.ts';
import { id, MAX_VISIT_MINUTES, minute, page } from '../request-fields.ts';
import { CANCELLATION_REASONS } from './records.ts';

/** Body of `POST /v1/appointments`; `reasonCode` is a SNOMED CT concept id. */
export const newAppointment = z.strictObject({
  scheduleId: id,
  start: minute,
  minutes: z.int().min(CELL_MINUTES).max(MAX_VISIT_MINUTES).optional(),
  patientId: id.optional(),
  reasonCode: z
    .string()
    .regex(/^\d{6,18}$/, { error: 'must be a SNOMED CT concept id' })
    .optional(),
});
export type NewAppointment = z.infer<typeof newAppointment>;

/** Body of `POST /v1/appointments/:id/cancel`. */
export const cancellation = z.strictObject({ reason: z.enum(CANCELLATION_REASONS).optional() });

/** Query of `GET /v1/appointments`; the two ids are for the admin only. */
export const appointmentQuery = z.strictObject({
  patient: id.optional(),
  practitioner: id.optional(),
  ...page,
});
