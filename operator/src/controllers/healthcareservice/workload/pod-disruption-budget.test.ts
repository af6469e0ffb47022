import { describe, expect, it } from '@jest/globals';
import { aDeployment, aService } from '../fixtures/objects.ts';
import { budgetRaised, disruptionOf, podDisruptionBudget, type Disruption } from './pod-disruption-budget.ts';

const MINUTE = 60_000;
const SHORT_SINCE = Date.parse('2026-11-22T12:00:00Z');

/** A service whose pods have been too few for some minutes. */
function shortFor(minutes: number, wanted: number, maxUnavailable = 1): Disruption {
  const lastTransitionTime = new Date(SHORT_SINCE).toISOString();
  const conditions = [{ type: 'Available', status: 'False', lastTransitionTime }];
  const observed = {
    deployment: aDeployment('a', wanted, { conditions }),
    now: SHORT_SINCE + minutes * MINUTE,
  };
  return disruptionOf(aService('a', { disruption: { maxUnavailable } }), observed, wanted);
}

describe('what a drain may take', () => {
  it('is what the spec says while all pods are there, whenever that began', () => {
    const conditions = [{ type: 'Available', status: 'True', lastTransitionTime: '2020-01-01T00:00:00Z' }];
    const observed = { deployment: aDeployment('a', 2, { conditions }), now: SHORT_SINCE };
    const usual = { maxUnavailable: 1, raisedBy: 0, againMs: undefined };
    expect(disruptionOf(aService('a'), observed, 2)).toEqual(usual);
    expect(disruptionOf(aService('a'), { deployment: undefined, now: 0 }, 2)).toEqual(usual);
  });

  it('is one pod more for every five minutes that pods are missing', () => {
    expect(shortFor(4, 3)).toEqual({ maxUnavailable: 1, raisedBy: 0, againMs: MINUTE });
    expect(shortFor(5, 3)).toEqual({ maxUnavailable: 2, raisedBy: 1, againMs: 5 * MINUTE });
    expect(shortFor(12, 4)).toEqual({ maxUnavailable: 3, raisedBy: 2, againMs: 3 * MINUTE });
  });

  it('ends with all of them, and is then not looked at again', () => {
    expect(shortFor(60, 3)).toEqual({ maxUnavailable: 3, raisedBy: 2, againMs: undefined });
    expect(shortFor(60, 1)).toEqual({ maxUnavailable: 1, raisedBy: 0, againMs: undefined });
    expect(shortFor(60, 0)).toEqual({ maxUnavailable: 1, raisedBy: 0, againMs: undefined });
  });

  it('is said in words that change only when it does', () => {
    expect(budgetRaised(shortFor(4, 3))).toEqual([]);
    expect(budgetRaised(shortFor(6, 3))).toEqual(budgetRaised(shortFor(9, 3)));
    expect(budgetRaised(shortFor(6, 3))).toMatchObject([{ type: 'Warning', reason: 'BudgetRaised' }]);
  });

  it('never counts pods that must stay, nor sick ones', () => {
    const { spec } = podDisruptionBudget(aService('a')) as unknown as { spec: object };
    expect(spec).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
    expect(spec).not.toHaveProperty('minAvailable');
  });
});
