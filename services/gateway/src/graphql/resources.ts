import { z } from 'zod';

/** The parts of the services' FHIR resources that the GraphQL schema shows. */

const humanName = z.object({
  text: z.string().optional(),
  family: z.string().optional(),
  given: z.array(z.string()).default([]),
  prefix: z.array(z.string()).default([]),
});
const contactPoint = z.object({
  system: z.string().optional(),
  value: z.string().optional(),
  use: z.string().optional(),
});
const identifier = z.object({ system: z.string().optional(), value: z.string().optional() });

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
  coding: z.array(z.object({ system: z.string().optional(), code: z.string().optional() })).default([]),
});

export const appointment = z.object({
  id: z.string(),
  status: z.string(),
  start: z.string().optional(),
  end: z.string().optional(),
  minutesDuration: z.number().int().optional(),
  created: z.string().optional(),
  reasonCode: z.array(codeable).default([]),
  participant: z.array(z.object({ actor: z.object({ reference: z.string().optional() }).optional() })),
});
export type Appointment = z.infer<typeof appointment>;

/** A Bundle of appointments; what else a search may answer (an OperationOutcome) is left out. */
export const appointmentBundle = z.object({
  link: z.array(z.object({ relation: z.string(), url: z.url() })).default([]),
  entry: z
    .array(z.object({ resource: z.looseObject({ resourceType: z.string() }) }))
    .default([])
    .transform((entries) =>
      entries
        .filter(({ resource }) => resource.resourceType === 'Appointment')
        .map(({ resource }) => appointment.parse(resource)),
    ),
});

/** The id in a reference such as `Patient/<id>`, when it is one of that type. */
export function referencedId(resource: Appointment, type: 'Patient' | 'Practitioner'): string | undefined {
  const prefix = `${type}/`;
  return resource.participant
    .map(({ actor }) => actor?.reference)
    .find((reference) => reference?.startsWith(prefix))
    ?.slice(prefix.length);
}
