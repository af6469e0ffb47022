import { describe, expect, it } from '@jest/globals';
import { aPolicy } from '../controllers/healthcareservice/fixtures/objects.ts';
import { twoVersions } from './conversion/fixtures/scaling-policy-v1beta1.ts';
import { convertEndpoint } from './convert-endpoint.ts';
import { BadReview } from './server.ts';

const review = (desiredAPIVersion: string, objects: unknown[]): unknown => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'ConversionReview',
  request: { uid: 'u', desiredAPIVersion, objects },
});

describe('/convert', () => {
  const endpoint = convertEndpoint(twoVersions);
  const answer = (body: unknown): Promise<unknown> => endpoint.answer(body);

  it('converts all objects, in their order', async () => {
    const objects = [aPolicy('a'), aPolicy('b')];
    expect(await answer(review('careplane.dev/v1beta1', objects))).toMatchObject({
      response: {
        uid: 'u',
        result: { status: 'Success' },
        convertedObjects: [
          {
            apiVersion: 'careplane.dev/v1beta1',
            metadata: { name: 'a' },
            spec: { replicas: { min: 0, max: 5 } },
          },
          { metadata: { name: 'b' } },
        ],
      },
    });
  });

  it('converts none when one cannot be, and says which', async () => {
    const objects = [aPolicy('a'), { ...aPolicy('b'), kind: 'MessageBroker' }];
    const { response } = (await answer(review('careplane.dev/v1beta1', objects))) as { response: object };
    expect(response).toMatchObject({
      result: { status: 'Failure', message: expect.stringContaining('clinic/b') as unknown },
    });
    expect(response).not.toHaveProperty('convertedObjects');
  });

  it('refuses what is no ConversionReview', () => {
    expect(() => answer({ kind: 'AdmissionReview' })).toThrow(BadReview);
  });
});
