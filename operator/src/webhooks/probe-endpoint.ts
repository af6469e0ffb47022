import * as z from 'zod';
import { API_VERSION } from './admission-review.ts';
import type { Endpoint } from './server.ts';
import { parseReview } from './validate-endpoint.ts';

const BODY_LIMIT = 64 * 1024;

const probeReview = z.object({
  apiVersion: z.literal(API_VERSION),
  request: z.object({ uid: z.string().min(1) }),
});

/** `/probe`: refuses whatever it is asked about, which shows that it was asked (registration/probe.ts). */
export function probeEndpoint(): Endpoint {
  return {
    bodyLimit: BODY_LIMIT,
    answer: (body) => {
      const { uid } = parseReview(probeReview, body).request;
      const status = { code: 403, reason: 'Forbidden', message: 'the API server reaches the webhooks' };
      const response = { uid, allowed: false, status };
      return Promise.resolve({ apiVersion: API_VERSION, kind: 'AdmissionReview', response });
    },
  };
}
