import { z } from 'zod';

/** The parts of the services' FHIR resources that the GraphQL schema shows. */

const humanName = z.object({
  family: z.string().optional(),
  given: z.array(z.string()).default([]),
  prefix: z.array(z.string()).default([]),
});
const contactPoint = z.object({ system: z.string(), value: z.string(), use: z.string().optional() });
const identifier = z.object({ system: z.string(), value: z.string() });

const person = {
  id: z.string(),
  identifier: z.array(identifier).default([]),
  name: z.array(humanName).default([]),
  telecom: z.array(contactPoint).default([]),
  gender: z.string().optional(),
};

export const patient = z.object({ ...person, birthDate: z.string().optional() });
export type Patient = z.infer<typeof patient>;

export const practitioner = z.object(person);
export type Practitioner = z.infer<typeof practitioner>;

const codeable = z.object({
  coding: z.array(z.object({ system: z.string().optional(), code: z.string().optional() })),
});

export const appointment = z.object({
  id: z.string(),
  status: z.string(),
  start: z.string(),
  end: z.string(),
  minutesDuration: z.number().int().optional(),
  created: z.string().optional(),
  reasonCode: z.array(codeable).default([]),
  participant: z.array(z.object({ actor: z.object({ reference: z.string() }) })),
});
export type Appointment = z.infer<typeof appointment>;

export const appointmentPage = z.object({ items: z.array(appointment), next: z.string().nullish() });

/** The id in a reference such as `Patient/<id>`, when it is one of that type. */
export function referencedId(resource: Appointment, type: 'Patient' | 'Practitioner'): string | undefined {
  const prefix = `${type}/`;
  return resource.participant
    .map(({ actor }) => actor.reference)
    .find((reference) => reference.startsWith(prefix))
    ?.slice(prefix.length);
}
