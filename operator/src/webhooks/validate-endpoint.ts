import type * as z from 'zod';
import { admissionAnswer, admissionReview } from './admission-review.ts';
import { validateObject, type ValidationContext } from './validate/validate-object.ts';
import { BadReview, type Endpoint } from './server.ts';

/** A review holds the object and, for a change, the old one; etcd takes 1.5 MiB of each. */
const BODY_LIMIT = 8 * 1024 * 1024;

/** `/validate`: validates objects of Careplane's kinds against the others of their namespace. */
export function validateEndpoint(context: ValidationContext): Endpoint {
  return {
    bodyLimit: BODY_LIMIT,
    answer: async (body) => {
      const { request } = parseReview(admissionReview, body);
      return admissionAnswer(request, await validateObject(request, context));
    },
  };
}

/** @throws BadReview naming the paths that do not fit, without their values. */
export function parseReview<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const paths = parsed.error.issues.map(({ path, code }) => `${path.join('.') || 'the body'} (${code})`);
  throw new BadReview(`not a review: ${paths.slice(0, 5).join(', ')}`);
}
