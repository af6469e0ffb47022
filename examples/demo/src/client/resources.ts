import { z } from 'zod';

const reference = z.object({ reference: z.string() });
const concept = z.object({ coding: z.array(z.object({ system: z.string(), code: z.string() })) });

/** Any FHIR resource in the answer of a create. */
export const created = z.object({ id: z.string() });

/** An Appointment in an answer of the API. */
export const appointment = z.object({
  resourceType: z.literal('Appointment'),
  id: z.string(),
  status: z.enum(['booked', 'cancelled']),
  start: z.string(),
  end: z.string(),
  minutesDuration: z.number(),
  schedule: reference,
  participant: z.array(z.object({ actor: reference, status: z.string() })),
  reasonCode: z.array(concept).optional(),
});
export type Appointment = z.infer<typeof appointment>;

/** A page of a list. */
export const appointmentPage = z.object({ items: z.array(appointment), next: z.string().nullish() });
export type AppointmentPage = z.infer<typeof appointmentPage>;

/** An access token (RFC 6749, 5.1). */
export const accessToken = z.object({ access_token: z.string() });

/** A problem's code (RFC 9457). */
export const problem = z.object({
  title: z.string().optional(),
  detail: z.string().optional(),
  code: z.string().optional(),
});
