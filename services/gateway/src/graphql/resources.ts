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

/** A searchset (hl7.org/fhir/R4/bundle.html): its matches that are appointments, and the cursor of the next page. */
export const appointmentPage = z
  .object({
    entry: z.array(z.object({ resource: z.looseObject({ resourceType: z.string() }) })).default([]),
    link: z.array(z.object({ relation: z.string(), url: z.string() })).default([]),
  })
  .transform(({ entry, link }) => ({
    items: entry
      .map(({ resource }) => resource)
      .filter(({ resourceType }) => resourceType === 'Appointment')
      .map((resource) => appointment.parse(resource)),
    next: cursorOf(link.find(({ relation }) => relation === 'next')?.url),
  }));

function cursorOf(url: string | undefined): string | null {
  return url === undefined ? null : new URL(url, 'http://localhost').searchParams.get('_cursor');
}

/** The id in a reference such as `Patient/<id>`, when it is one of that type. */
export function referencedId(resource: Appointment, type: 'Patient' | 'Practitioner'): string | undefined {
  const prefix = `${type}/`;
  return resource.participant
    .map(({ actor }) => actor?.reference)
    .find((reference) => reference?.startsWith(prefix))
    ?.slice(prefix.length);
}
