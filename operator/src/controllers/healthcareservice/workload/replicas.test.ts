import { describe, expect, it } from '@jest/globals';
import { aDeployment, aPolicy, aService, observedOf } from '../fixtures/objects.ts';
import { replicasAsDeclared } from '../conditions/replicas-as-declared.ts';
import { plan } from '../plan.ts';
import { scaledStatus, wantedReplicas, type Scaling } from './replicas.ts';

const service = aService('a', { replicas: 2 });
const NOBODY: Scaling = { policy: undefined, followed: undefined, isScaledItself: false, current: undefined };

function wanted(scaling: Partial<Scaling>): number {
  return wantedReplicas(service, { ...NOBODY, ...scaling });
}

/** Replicas of the Deployment that is applied. */
function applied(facts: Parameters<typeof observedOf>[1]): unknown {
  const settings = {
    imagePullPolicy: 'IfNotPresent',
    priorityClassPrefix: '',
    leaseNamespace: 'careplane-system',
    clusterDomain: 'cluster.local',
  };
  const { children } = plan(service, observedOf(service, facts), settings);
  return (children.find(({ kind }) => kind === 'Deployment')?.['spec'] as { replicas?: number }).replicas;
}

describe('owner of the replicas', () => {
  it('is the spec when nobody else decides', () => {
    expect(wanted({ current: 7 })).toBe(2);
  });

  it('is the policy once it has decided, zero included', () => {
    expect(wanted({ policy: aPolicy('a', 0) })).toBe(0);
  });

  it('leaves what runs until the policy has decided, and begins with the spec', () => {
    expect(wanted({ policy: aPolicy('a'), current: 4 })).toBe(4);
    expect(wanted({ policy: aPolicy('a') })).toBe(2);
  });

  it('never leaves the bounds of the policy, even when its last decision is older than they are', () => {
    expect(wanted({ policy: aPolicy('a', 9) })).toBe(5);
    const policy = aPolicy('a', 0);
    policy.spec.min = 1;
    expect(wanted({ policy })).toBe(1);
  });

  it('is the last decision of a policy that pauses, whatever its bounds are', () => {
    const policy = aPolicy('a', 9);
    policy.spec.pause = true;
    expect(wanted({ policy })).toBe(9);
  });

  it('is the last decision of a policy that is gone, until spec.replicas changes', () => {
    const scaled = { ...service, status: scaledStatus(service, { ...NOBODY, policy: aPolicy('a', 5) }, 5) };
    expect(wantedReplicas(scaled, NOBODY)).toBe(5);
    expect(scaledStatus(scaled, NOBODY, 5)).toEqual({ scaled: { replicas: 5, declared: 2 } });
    expect(replicasAsDeclared(scaled, NOBODY)).toMatchObject([
      { status: 'False', reason: 'DecisionHeld', informs: true },
    ]);
    const changed = { ...scaled, spec: { ...scaled.spec, replicas: 3 } };
    expect(wantedReplicas(changed, NOBODY)).toBe(3);
    expect([scaledStatus(changed, NOBODY, 3), replicasAsDeclared(changed, NOBODY)]).toEqual([{}, []]);
  });

  it('is the spec again when somebody releases the decision, an autoscaler writes it, or the decision was zero', () => {
    const held = { ...service, status: { scaled: { replicas: 5, declared: 2 } } };
    const annotations = { 'careplane.dev/release-replicas': 'true' };
    expect(wantedReplicas({ ...held, metadata: { ...held.metadata, annotations } }, NOBODY)).toBe(2);
    expect(wantedReplicas(held, { ...NOBODY, isScaledItself: true })).toBe(2);
    expect(wantedReplicas({ ...service, status: { scaled: { replicas: 0, declared: 2 } } }, NOBODY)).toBe(2);
  });

  it('follows a foreign autoscaler instead of fighting it', () => {
    const followed = { now: undefined, isTheirs: false };
    expect(wanted({ policy: aPolicy('a', 1), followed, current: 7 })).toBe(7);
  });

  it('is taken live, not from the cache, and left out once the autoscaler has written it', () => {
    const deployment = aDeployment('a', 7);
    expect(wanted({ followed: { now: 9, isTheirs: true }, current: 7 })).toBe(9);
    expect(applied({ deployment, followed: { now: 9, isTheirs: true } })).toBeUndefined();
    // Left out before that, it would fall back to 1.
    expect(applied({ deployment, followed: { now: 9, isTheirs: false } })).toBe(9);
  });
});
