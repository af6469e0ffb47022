import { describe, expect, it } from '@jest/globals';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import type { Pod } from '../../k8s/types.ts';
import { isRolling } from './rolling.ts';

function service(changes: { generation?: number; rolledOut?: 'True' | 'False' } = {}): HealthcareService {
  const { generation = 2, rolledOut = 'True' } = changes;
  return {
    metadata: { name: 'identity', generation },
    status: {
      observedGeneration: 2,
      revision: 'new',
      conditions: [{ type: 'RolledOut', status: rolledOut, reason: '', message: '', lastTransitionTime: '' }],
    },
  } as HealthcareService;
}

const pod = (revision: string, more: Partial<Pod> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', labels: { 'careplane.dev/revision': revision } },
  ...more,
});

describe('pods of a former revision', () => {
  it('are gone when the rollout is over and every pod is of the present one', () => {
    expect(isRolling(service(), [pod('new'), pod('new')])).toBe(false);
    expect(isRolling(service(), [])).toBe(false);
  });

  it('may run while the spec is not looked at, while it is rolled out, and while one of them drains', () => {
    expect(isRolling(service({ generation: 3 }), [])).toBe(true);
    expect(isRolling(service({ rolledOut: 'False' }), [])).toBe(true);
    const going = { name: 'p', deletionTimestamp: 'now', labels: { 'careplane.dev/revision': 'old' } };
    expect(isRolling(service(), [pod('new'), pod('old', { metadata: going })])).toBe(true);
  });
});
