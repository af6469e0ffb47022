import * as z from 'zod';
import type { AnyObject } from '../../runtime/kube.ts';

const API_VERSION = 'apiextensions.k8s.io/v1';

/**
 * ConversionReview of apiextensions.k8s.io/v1. Objects are kept as they are.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#request
 */
export const conversionReview = z.object({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('ConversionReview'),
  request: z.object({
    uid: z.string().min(1),
    desiredAPIVersion: z.string().min(1),
    objects: z.array(
      z.looseObject({
        apiVersion: z.string().min(1),
        kind: z.string().min(1),
        metadata: z.looseObject({ name: z.string().default('') }),
      }),
    ),
  }),
});

export type ConversionOutcome = { converted: readonly AnyObject[] } | { failure: string };

/** The answer in the form that the API server reads: all of the objects, or none and why. */
export function conversionAnswer(uid: string, outcome: ConversionOutcome): Record<string, unknown> {
  const response =
    'failure' in outcome
      ? { uid, result: { status: 'Failure', message: outcome.failure } }
      : { uid, result: { status: 'Success' }, convertedObjects: outcome.converted };
  return { apiVersion: API_VERSION, kind: 'ConversionReview', response };
}
