import { describe, expect, it } from '@jest/globals';
import { aService } from '../controllers/healthcareservice/fixtures/objects.ts';
import { admissionAnswer, admissionReview } from './admission-review.ts';
import { BadReview } from './server.ts';
import { parseReview } from './validate-endpoint.ts';

const review = (request: Record<string, unknown>): unknown => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: { uid: 'u', operation: 'CREATE', object: aService('a'), ...request },
});

describe('an AdmissionReview', () => {
  it('keeps the object whole and lets pass what a newer API server adds', () => {
    const parsed = parseReview(admissionReview, review({ brandNew: true, dryRun: true }));
    expect(parsed.request.object).toEqual(aService('a'));
  });

  it.each([
    ['another version', { ...(review({}) as object), apiVersion: 'admission.k8s.io/v1beta1' }, 'apiVersion'],
    ['another kind', { ...(review({}) as object), kind: 'ConversionReview' }, 'kind'],
    ['no object', review({ object: undefined }), 'request.object'],
    [
      'an object without a namespace',
      review({ object: { ...aService('a'), metadata: { name: 'a' } } }),
      'namespace',
    ],
    ['a deletion, which is never registered', review({ operation: 'DELETE' }), 'request.operation'],
    ['an update without the old object', review({ operation: 'UPDATE' }), 'request.oldObject'],
    ['no object at all', 'hello', 'the body'],
  ])('is refused with %s, by the path and without the value', (_, body, path) => {
    expect(() => parseReview(admissionReview, body)).toThrow(BadReview);
    expect(() => parseReview(admissionReview, body)).toThrow(path);
    expect(() => parseReview(admissionReview, body)).not.toThrow('hello');
  });

  it('is answered with the path of each field that keeps the object out', () => {
    const { request } = parseReview(admissionReview, review({}));
    const causes = [{ field: 'metadata.name', message: 'is taken' }];
    expect(admissionAnswer(request, { causes, warnings: ['spec.x: odd'] })).toMatchObject({
      response: {
        uid: 'u',
        allowed: false,
        warnings: ['spec.x: odd'],
        status: {
          code: 422,
          message: 'metadata.name: is taken',
          details: { kind: 'HealthcareService', name: 'a', causes: [{ field: 'metadata.name' }] },
        },
      },
    });
    const allowed = admissionAnswer(request, { causes: [], warnings: [] });
    expect(allowed).toEqual({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: 'u', allowed: true },
    });
  });
});
