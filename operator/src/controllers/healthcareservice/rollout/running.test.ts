import { describe, expect, it } from '@jest/globals';
import type { Deployment } from '../../../k8s/types.ts';
import { aDeployment } from '../fixtures/objects.ts';
import { aRevisionPod } from '../fixtures/rollouts.ts';
import { deadlineExceeded, isAnswering, podsOf, refusalOf, runsOneVersion } from './running.ts';

function running(status: Deployment['status']): { deployment: Deployment } {
  return { deployment: aDeployment('a', 1, status) };
}

describe('what runs', () => {
  it.each([
    ['one pod is updated and no other is left', { replicas: 1, updatedReplicas: 1 }, 3, true],
    ['an earlier pod is left', { replicas: 2, updatedReplicas: 1 }, 1, false],
    ['no pod is there and none is wanted', {}, 0, true],
    ['no pod is there and one is wanted', {}, 1, false],
    ['the newest spec is not seen', { replicas: 1, updatedReplicas: 1, observedGeneration: 0 }, 1, false],
  ])('when %s: one version or not', (_, status, wanted, isOne) => {
    expect(runsOneVersion(running(status), wanted)).toBe(isOne);
  });

  it('is nothing without a Deployment', () => {
    expect(runsOneVersion({ deployment: undefined }, 0)).toBe(false);
    expect(isAnswering({ deployment: undefined })).toBe(false);
  });

  it('answers with one available pod', () => {
    expect(isAnswering(running({ availableReplicas: 1 }))).toBe(true);
    expect(isAnswering(running({ availableReplicas: 0 }))).toBe(false);
  });

  it('missed its deadline when the controller says so of the newest spec', () => {
    const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
    expect(deadlineExceeded(running({ conditions }).deployment)).toBe(true);
    expect(deadlineExceeded(running({ conditions, observedGeneration: 0 }).deployment)).toBe(false);
  });

  it('is refused only while the API server refuses', () => {
    const refusal = (status: string, message?: string): string | undefined =>
      refusalOf(
        running({
          conditions: [{ type: 'ReplicaFailure', status, ...(message === undefined ? {} : { message }) }],
        }).deployment,
      );
    expect([refusal('True', 'quota'), refusal('True'), refusal('False', 'quota')]).toEqual([
      'quota',
      '',
      undefined,
    ]);
    expect(refusalOf(running({}).deployment)).toBeUndefined();
  });

  it('has the pods of a revision that are to stay', () => {
    const leaving = aRevisionPod('a-2', 'new');
    leaving.metadata.deletionTimestamp = '2026-11-22T12:05:00Z';
    const [mine, other] = [aRevisionPod('a-1', 'new'), aRevisionPod('a-3', 'old')];
    expect(podsOf([leaving, mine, other], 'new')).toEqual([mine]);
  });
});
