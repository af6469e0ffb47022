import { describe, expect, it } from '@jest/globals';
import { leftToOthers, owningPolicy, wantedReplicas } from './replicas.ts';
import { aDeployment, aPolicy, aService, aSight } from '../fixtures/objects.ts';

const service = aService('a', { replicas: 2 });

describe('owner of the replicas', () => {
  it('is the spec when nobody else decides', () => {
    expect(wantedReplicas(service, aSight(service, { deployment: aDeployment('a', 7) }))).toBe(2);
  });

  it('is the policy once it has decided, zero included', () => {
    expect(wantedReplicas(service, aSight(service, { policy: aPolicy('a', 0) }))).toBe(0);
  });

  it('leaves what runs until the policy has decided', () => {
    const sight = aSight(service, { policy: aPolicy('a'), deployment: aDeployment('a', 4) });
    expect(wantedReplicas(service, sight)).toBe(4);
  });

  it('never leaves the bounds of the policy, even when its last decision is older than they are', () => {
    expect(wantedReplicas(service, aSight(service, { policy: aPolicy('a', 9) }))).toBe(5);
  });

  it('follows a foreign autoscaler instead of fighting it', () => {
    const sight = aSight(service, {
      policy: aPolicy('a', 1),
      foreignAutoscaler: true,
      deployment: aDeployment('a', 7),
    });
    expect(wantedReplicas(service, sight)).toBe(7);
  });

  it('is taken live, not from the cache, and left out once the autoscaler has written it', () => {
    const seen = { foreignAutoscaler: true, deployment: aDeployment('a', 7) };
    const theirs = aSight(service, { ...seen, followed: { now: 9, isTheirs: true } });
    expect(wantedReplicas(service, theirs)).toBe(9);
    const child = { ...aDeployment('a', 9), spec: { replicas: 9, paused: true } };
    expect(leftToOthers(child, theirs)['spec']).toEqual({ paused: true });
    // Left out before that, it would fall back to 1.
    const ours = aSight(service, { ...seen, followed: { now: 9, isTheirs: false } });
    expect(leftToOthers(child, ours)['spec']).toEqual({ replicas: 9, paused: true });
  });

  it('is the older of two policies', () => {
    const [old, young] = [aPolicy('a'), aPolicy('a')];
    old.metadata = { name: 'z', creationTimestamp: '2026-01-01T00:00:00Z' };
    young.metadata = { name: 'b', creationTimestamp: '2026-01-02T00:00:00Z' };
    expect(owningPolicy('a', [young, old, aPolicy('other')])?.metadata.name).toBe('z');
  });
});
