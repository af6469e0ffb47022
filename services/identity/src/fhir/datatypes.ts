import { z } from 'zod';
import { contactEmail } from '../persons/contact.ts';

/** A line of text from a person: no control characters, trimmed. */
const line = (most: number): z.ZodString =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^[^\p{Cc}]*$/u, 'no control characters');

/** FHIR R4 Identifier (the part used here). */
export const identifier = z.strictObject({ system: z.url().max(200), value: line(200) });
export type Identifier = z.infer<typeof identifier>;

/** FHIR R4 HumanName (the part used here). */
export const humanName = z.strictObject({
  use: z.enum(['usual', 'official', 'temp', 'nickname', 'anonymous', 'old', 'maiden']).optional(),
  family: line(100),
  given: z.array(line(100)).min(1).max(5),
  prefix: z.array(line(20)).max(3).optional(),
  suffix: z.array(line(20)).max(3).optional(),
});
export type HumanName = z.infer<typeof humanName>;

const use = z.enum(['home', 'work', 'temp', 'old', 'mobile']).optional();

/** FHIR R4 ContactPoint (the part used here). An e-mail address is kept as it is written; see `normalizeEmail`. */
export const contactPoint = z.discriminatedUnion('system', [
  z.strictObject({ system: z.literal('email'), value: z.email().max(254), use }),
  z.strictObject({ system: z.literal('phone'), value: line(40), use }),
]);
export type ContactPoint = z.infer<typeof contactPoint>;

/** FHIR R4 Practitioner.qualification (the part used here). */
export const qualification = z.strictObject({ code: z.strictObject({ text: line(200) }) });
export type Qualification = z.infer<typeof qualification>;

/** FHIR R4 AdministrativeGender. */
export const gender = z.enum(['male', 'female', 'other', 'unknown']);

/** FHIR R4 date, here always a whole day, and none in the future. */
export const birthDate = z.iso
  .date()
  .refine((day) => day <= new Date().toISOString().slice(0, 10), 'in the future');

/** The e-mail address to log in with: never an old one. */
export function emailOf(telecom: readonly ContactPoint[]): string | undefined {
  return contactEmail(
    telecom.map(({ use: purpose, ...point }) => ({ ...point, ...(purpose ? { use: purpose } : {}) })),
  );
}
