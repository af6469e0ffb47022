import * as z from 'zod';

/** Of the reviews that the webhooks are sent. */
export const API_VERSION = 'admission.k8s.io/v1';

/** As much of an object as is needed to know it; the rest is kept. The API server has held it against the CRD's schema. */
const reviewedObject = z.looseObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata: z.looseObject({ name: z.string().min(1), namespace: z.string().min(1) }),
  spec: z.looseObject({}),
});

/**
 * AdmissionReview of admission.k8s.io/v1 for objects of our own kinds that are made or changed; unknown fields are let pass.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#request
 */
export const admissionReview = z.object({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('AdmissionReview'),
  request: z.discriminatedUnion('operation', [
    z.object({
      uid: z.string().min(1),
      operation: z.literal('CREATE'),
      object: reviewedObject,
    }),
    z.object({
      uid: z.string().min(1),
      operation: z.literal('UPDATE'),
      object: reviewedObject,
      oldObject: reviewedObject,
    }),
  ]),
});

export type AdmissionRequest = z.output<typeof admissionReview>['request'];

/** One field that keeps an object out, as in the `details.causes` of the API server's own refusals. */
export interface Cause {
  field: string;
  message: string;
}

export interface AdmissionResult {
  /** Empty: let in. */
  causes: readonly Cause[];
  warnings: readonly string[];
}

/** The answer in the form that the API server reads; kubectl prints the message, tools read the causes. */
export function admissionAnswer(
  { uid, object: { kind, metadata } }: AdmissionRequest,
  { causes, warnings }: AdmissionResult,
): Record<string, unknown> {
  const refusal = {
    status: {
      status: 'Failure',
      code: 422,
      reason: 'Invalid',
      message: causes.map(({ field, message }) => `${field}: ${message}`).join('; '),
      details: {
        kind,
        name: metadata.name,
        causes: causes.map((cause) => ({ reason: 'FieldValueInvalid', ...cause })),
      },
    },
  };
  return {
    apiVersion: API_VERSION,
    kind: 'AdmissionReview',
    response: {
      uid,
      allowed: causes.length === 0,
      ...(causes.length === 0 ? {} : refusal),
      ...(warnings.length === 0 ? {} : { warnings }),
    },
  };
}
