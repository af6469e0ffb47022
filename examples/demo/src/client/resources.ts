import { z } from 'zod';

const reference = z.object({ reference: z.string() });
const concept = z.object({ coding: z.array(z.object({ system: z.string(), code: z.string() })) });

/** Any resource in the answer of a create. */
export const created = z.object({ id: z.string() });

/** An Appointment (hl7.org/fhir/R4/appointment.html), the elements that the demo reads. */
export const appointment = z.object({
  resourceType: z.literal('Appointment'),
  id: z.string(),
  status: z.enum(['booked', 'cancelled']),
  start: z.string(),
  end: z.string(),
  minutesDuration: z.number(),
  participant: z.array(z.object({ actor: reference, status: z.string() })),
  reasonCode: z.array(concept).optional(),
});
export type Appointment = z.infer<typeof appointment>;

/** A Bundle of search results (hl7.org/fhir/R4/bundle.html#searchset). */
export const searchset = z.object({
  resourceType: z.literal('Bundle'),
  type: z.literal('searchset'),
  total: z.number().optional(),
  link: z.array(z.object({ relation: z.string(), url: z.string() })).default([]),
  entry: z.array(z.object({ resource: z.unknown() })).default([]),
});
export type Searchset = z.infer<typeof searchset>;

/** Why something was refused under /fhir (hl7.org/fhir/R4/operationoutcome.html). */
export const operationOutcome = z.object({
  resourceType: z.literal('OperationOutcome'),
  issue: z
    .array(
      z.object({
        code: z.string(),
        diagnostics: z.string().optional(),
        details: z
          .object({
            text: z.string().optional(),
            coding: z.array(z.object({ code: z.string() })).optional(),
          })
          .optional(),
        expression: z.array(z.string()).optional(),
      }),
    )
    .min(1),
});
export type OperationOutcome = z.infer<typeof operationOutcome>;

/** Why something was refused elsewhere (RFC 9457). */
export const problem = z.object({
  title: z.string().optional(),
  detail: z.string().optional(),
  code: z.string().optional(),
});
