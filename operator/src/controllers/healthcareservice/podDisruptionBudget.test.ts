import { describe, expect, it } from '@jest/globals';
import { podDisruptionBudget } from './podDisruptionBudget.ts';
import { aService } from './fixtures/objects.ts';

describe('PodDisruptionBudget', () => {
  it('never blocks a drain for good: a single or a sick pod may always go', () => {
    const { spec } = podDisruptionBudget(aService('a', { replicas: 1 })) as unknown as { spec: object };
    expect(spec).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
    expect(spec).not.toHaveProperty('minAvailable');
  });
});
