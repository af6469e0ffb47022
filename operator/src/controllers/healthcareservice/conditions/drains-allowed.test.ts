import { describe, expect, it } from '@jest/globals';
import type { Pod } from '../../../k8s/types.ts';
import { aDeployment, aService } from '../fixtures/objects.ts';
import { drainsAllowed } from './drains-allowed.ts';

const MINUTE = 60_000;
const SINCE = Date.parse('2026-11-22T12:00:00Z');
const unschedulable: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a-5' },
  status: {
    conditions: [
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available' },
    ],
  },
};

/** Five pods are wanted, and so many have been there for some minutes. */
function judged(
  minutes: number,
  availableReplicas: number,
  { wanted = 5, maxUnavailable = 1, pods = [unschedulable] } = {},
): ReturnType<typeof drainsAllowed> {
  const status = availableReplicas < wanted ? 'False' : 'True';
  const conditions = [{ type: 'Available', status, lastTransitionTime: new Date(SINCE).toISOString() }];
  const deployment = aDeployment('a', wanted, { availableReplicas, conditions });
  const service = aService('a', { disruption: { maxUnavailable } });
  return drainsAllowed(service, { deployment, pods, now: SINCE + minutes * MINUTE }, wanted);
}

describe('drains', () => {
  it('wait while as many pods are missing as may be, and who waits is told after five minutes', () => {
    expect(judged(4, 4)).toEqual({ conditions: [], againMs: MINUTE });
    expect(judged(16, 4)).toMatchObject({
      conditions: [
        {
          status: 'False',
          reason: 'PodsMissing',
          informs: true,
          alarming: true,
          message:
            'pods missing since 2026-11-22T12:00:00Z: 1 of 5, and at most 1 may be gone, so drains of nodes wait; pod a-5: 0/3 nodes are available: make room, or raise spec.disruption.maxUnavailable',
        },
      ],
      againMs: undefined,
    });
    expect(judged(60, 4)).toEqual(judged(16, 4));
  });

  it('are free where all pods are there, more may go, or all may', () => {
    const free = { conditions: [], againMs: undefined };
    expect(judged(16, 5)).toEqual(free);
    expect(judged(16, 4, { maxUnavailable: 2 })).toEqual(free);
    expect(judged(16, 0, { wanted: 1 })).toEqual(free);
    expect(drainsAllowed(aService('a'), { deployment: undefined, pods: [], now: 0 }, 5)).toEqual(free);
  });

  it('say what the API server says where it refuses the pods', () => {
    const conditions = [
      { type: 'Available', status: 'False', lastTransitionTime: new Date(SINCE).toISOString() },
      { type: 'ReplicaFailure', status: 'True', message: 'exceeded quota: small' },
    ];
    const deployment = aDeployment('a', 2, { availableReplicas: 1, conditions });
    const now = SINCE + 6 * MINUTE;
    const [condition] = drainsAllowed(aService('a'), { deployment, pods: [], now }, 2).conditions;
    expect(condition?.message).toContain('exceeded quota: small');
  });
});
