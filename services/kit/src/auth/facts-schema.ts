import { PURPOSES } from '@careplane/access';
import type { Facts } from '@careplane/access';
import { z } from 'zod';

/** Facts, and whether the token that they were asked for has ended before its time. */
export type TokenFacts = Facts & { readonly isOver?: boolean };

const id = z.string().min(1);
const period = { from: z.string().optional(), until: z.string().optional() };
const relations = z.array(z.object({ patient: id, ...period }));

/** The answer of `GET /internal/access-facts/<role>/<id>`. */
export const factsSchema = z.object({
  isOver: z.boolean().optional(),
  about: z.array(id).optional(),
  actsFor: relations,
  treats: relations,
  breakGlass: relations,
  organizations: z.array(id).optional(),
  merged: z.array(z.array(id)).optional(),
  shares: z
    .array(
      z.object({
        patient: id,
        recipients: z.array(id),
        purposes: z.array(z.enum(PURPOSES)),
        resources: z.array(id),
        from: z.string().optional(),
        until: z.string(),
      }),
    )
    .optional(),
  consents: z.array(
    z.object({
      patient: id,
      type: z.enum(['permit', 'deny']),
      recipients: z.array(id),
      purposes: z.array(z.enum(PURPOSES)),
      dataClasses: z.array(id),
      ...period,
    }),
  ),
});

/** The path below `/internal/` at which identity answers for many by POST, and for one below it by GET. */
export const FACTS_PATH = '/internal/access-facts';

/** As many as identity takes in one call. */
export const MOST_QUESTIONS = 64;

/** Patients that one question may be about: as many as a page has resources. */
export const MOST_PATIENTS = 100;

/** Questions in one call. Each is the path of the single one: `<role>/<id>?<token>&patients=<id>,<id>`. */
export const factsQuestions = z.object({ asked: z.array(z.string().max(8_192)).min(1).max(MOST_QUESTIONS) });

/** The answers of `POST /internal/access-facts`, in the order of the questions; null: it fails alone, and says why when it is asked alone. */
export const factsAnswers = z.object({ facts: z.array(factsSchema.nullable()) });
