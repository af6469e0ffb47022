import { describe, expect, it } from '@jest/globals';
import { aPolicy, aService } from '../healthcareservice/fixtures/objects.ts';
import { plan, type Observed } from './plan.ts';

const policy = aPolicy('a');

function observed(changes: Partial<Observed> = {}): Observed {
  return {
    target: aService('a'),
    current: 1,
    rivals: { owner: undefined, foreign: [] },
    samples: { queue: 0 },
    highestInWindow: undefined,
    ...changes,
  };
}

describe('plan of a policy', () => {
  it('wakes a service from zero for one message and looks again in five seconds', () => {
    const { status, requeueAfterMs, conditions } = plan(
      policy,
      observed({ current: 0, samples: { queue: 1 } }),
    );
    expect(status).toEqual({ desiredReplicas: 1 });
    expect(requeueAfterMs).toBe(5_000);
    expect(conditions.map((judged) => judged.status)).toEqual(['True', 'True', 'True']);
  });

  it('goes to zero when the window needed nothing', () => {
    expect(plan(policy, observed({ highestInWindow: 0 })).status).toEqual({ desiredReplicas: 0 });
  });

  it('is the same status for different figures that lead to the same decision', () => {
    const one = plan(policy, observed({ samples: { queue: 3 } }));
    expect(plan(policy, observed({ samples: { queue: 17 } }))).toEqual(one);
  });

  it('says when the target is missing, and decides nothing', () => {
    const { conditions, status } = plan(policy, observed({ target: undefined }));
    expect(conditions[0]).toMatchObject({ type: 'TargetFound', status: 'False', reason: 'TargetNotFound' });
    expect(status).toBeUndefined();
  });

  it('stands back from a foreign autoscaler', () => {
    const { conditions, status, events } = plan(
      policy,
      observed({ rivals: { owner: undefined, foreign: ['hpa'] } }),
    );
    expect(conditions[1]).toMatchObject({ status: 'False', reason: 'ForeignAutoscaler' });
    expect(status).toBeUndefined();
    expect(events).toHaveLength(1);
  });

  it('stands back from an older policy', () => {
    const { conditions, status } = plan(policy, observed({ rivals: { owner: 'older', foreign: [] } }));
    expect(conditions[1]).toMatchObject({ status: 'False', reason: 'OlderPolicyDecides' });
    expect(status).toBeUndefined();
  });

  it('holds and says so while the metric is missing', () => {
    const samples = { queue: { unavailable: 'broker down' } };
    const { conditions, status } = plan(policy, observed({ current: 3, samples, highestInWindow: 0 }));
    expect(conditions[2]).toMatchObject({
      type: 'MetricsAvailable',
      status: 'False',
      reason: 'MetricMissing',
    });
    expect(status).toEqual({ desiredReplicas: 3 });
  });

  it('holds the last decision while it is paused, and asks for no metrics', () => {
    const paused = { ...policy, spec: { ...policy.spec, pause: true } };
    const { status, requeueAfterMs } = plan(paused, observed({ current: 3, samples: {} }));
    expect(status).toEqual({ desiredReplicas: 3 });
    expect(requeueAfterMs).toBeUndefined();
  });
});
