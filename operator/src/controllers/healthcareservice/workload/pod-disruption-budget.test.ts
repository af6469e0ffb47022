import { describe, expect, it } from '@jest/globals';
import { aDeployment, aService, observedOf } from '../fixtures/objects.ts';
import { plan } from '../plan.ts';
import { podDisruptionBudget } from './pod-disruption-budget.ts';

describe('what a drain may take', () => {
  it('never counts pods that must stay, nor sick ones', () => {
    const { spec } = podDisruptionBudget(aService('a')) as unknown as { spec: object };
    expect(spec).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
    expect(spec).not.toHaveProperty('minAvailable');
  });

  it('is what the spec says, however long pods have been missing', () => {
    const service = aService('a', { replicas: 5 });
    const conditions = [{ type: 'Available', status: 'False', lastTransitionTime: '2026-11-22T11:44:00Z' }];
    const deployment = aDeployment('a', 5, { availableReplicas: 4, conditions });
    const settings = {
      imagePullPolicy: 'IfNotPresent',
      priorityClassPrefix: '',
      leaseNamespace: 'careplane-system',
      clusterDomain: 'cluster.local',
    };
    const planned = plan(service, observedOf(service, { deployment }), settings);
    const budget = planned.children.find(({ kind }) => kind === 'PodDisruptionBudget');
    expect(budget?.['spec']).toMatchObject({ maxUnavailable: 1 });
    expect(planned.conditions.map(({ reason }) => reason)).toContain('PodsMissing');
    expect(planned.events?.map(({ reason }) => reason)).toContain('PodsMissing');
  });
});
