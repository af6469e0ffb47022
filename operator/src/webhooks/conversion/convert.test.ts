import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aPolicy } from '../../controllers/healthcareservice/fixtures/objects.ts';
import type { AnyObject } from '../../runtime/kube.ts';
import { conversions } from './conversions.ts';
import { convert, ConversionFailed } from './convert.ts';
import { twoVersions } from './fixtures/scaling-policy-v1beta1.ts';

const ALPHA = 'careplane.dev/v1alpha1';
const BETA = 'careplane.dev/v1beta1';

/** Any JSON under names that neither version has; what a client or a later version may have put there. */
const unknown = fc.dictionary(fc.stringMatching(/^x[A-Za-z]{1,6}$/), fc.jsonValue({ maxDepth: 2 }), {
  maxKeys: 3,
});

const policies = fc
  .record({
    min: fc.nat(3),
    max: fc.integer({ min: 3, max: 9 }),
    pause: fc.boolean(),
    cpu: fc.option(fc.record({ utilization: fc.nat(100) }), { nil: undefined }),
    queue: fc.option(fc.record({ messagesPerReplica: fc.nat(100) }), { nil: undefined }),
    more: unknown,
    beside: unknown,
    annotations: fc.option(fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), fc.string()), { nil: undefined }),
  })
  .map(({ more, beside, annotations, cpu, queue, ...known }): AnyObject => {
    const triggers = { ...(cpu === undefined ? {} : { cpu }), ...(queue === undefined ? {} : { queue }) };
    const hasNotes = annotations !== undefined && Object.keys(annotations).length > 0;
    return {
      ...beside,
      apiVersion: ALPHA,
      kind: 'ScalingPolicy',
      metadata: { name: 'a', namespace: 'clinic', uid: 'u', ...(hasNotes ? { annotations } : {}) },
      spec: { ...more, target: { service: 's' }, ...triggers, ...known },
      status: { desiredReplicas: 2 },
    };
  });

describe('conversion', () => {
  it('v1alpha1 -> v1beta1 -> v1alpha1 is the identity, whatever else is in the object', () => {
    fc.assert(
      fc.property(policies, (policy) => {
        const there = convert(policy, BETA, twoVersions);
        expect(there.apiVersion).toBe(BETA);
        expect(convert(there, ALPHA, twoVersions)).toEqual(policy);
      }),
    );
  });

  it('v1beta1 -> v1alpha1 -> v1beta1 is the identity, also for what only v1beta1 can say', () => {
    fc.assert(
      fc.property(policies, fc.option(fc.string(), { nil: undefined }), (policy, description) => {
        const plain = convert(policy, BETA, twoVersions);
        const spec = { ...(plain['spec'] as object), ...(description === undefined ? {} : { description }) };
        const beta = { ...plain, spec };
        const hub = convert(beta, ALPHA, twoVersions);
        expect(hub['spec']).not.toHaveProperty('description');
        expect(convert(hub, BETA, twoVersions)).toEqual(beta);
      }),
    );
  });

  it('keeps what only the other version can say when a client of this one changes something else', () => {
    const beta = convert(aPolicy('a') as unknown as AnyObject, BETA, twoVersions);
    const hub = convert(
      { ...beta, spec: { ...(beta['spec'] as object), description: 'why' } },
      ALPHA,
      twoVersions,
    );
    const changed = { ...hub, spec: { ...(hub['spec'] as object), max: 9 } };
    expect(convert(changed, BETA, twoVersions)['spec']).toMatchObject({
      description: 'why',
      replicas: { max: 9 },
    });
  });

  it.each([
    ['a version that nobody knows', 'careplane.dev/v2', twoVersions],
    ['a version of another group', 'example.com/v1beta1', twoVersions],
    ['any other version while there is one', BETA, conversions],
    ['a name that every object has', 'careplane.dev/constructor', twoVersions],
  ])('fails for %s, naming the object and what to do', (_, apiVersion, known) => {
    const policy = aPolicy('mails') as unknown as AnyObject;
    expect(() => convert(policy, apiVersion, known)).toThrow(ConversionFailed);
    expect(() => convert(policy, apiVersion, known)).toThrow(/ScalingPolicy clinic\/mails .*upgrade it/);
  });

  it('fails when a version would change what the API server does not let it', () => {
    const renames = {
      fromHub: (o: AnyObject) => ({ ...o, metadata: { ...o.metadata, name: 'other' } }),
      toHub: (o: AnyObject) => o,
    };
    const policy = aPolicy('mails') as unknown as AnyObject;
    expect(() => convert(policy, BETA, { ScalingPolicy: { v1beta1: renames } })).toThrow(/metadata/);
  });
});
