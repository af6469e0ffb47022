import { describe, expect, it } from '@jest/globals';
import type { HealthcareService, HealthcareServiceStatus } from '../../api/healthcareservice.ts';
import type { Condition } from '../../runtime/kube.ts';
import { aService } from './fixtures/objects.ts';
import { serviceGauges } from './gauges.ts';

function read(name: string, service: HealthcareService): unknown {
  return serviceGauges.find((gauge) => gauge.name === name)?.read(service);
}

function judged(
  rolledOut: Pick<Condition, 'status' | 'reason'>,
  rollout: HealthcareServiceStatus['rollout'] = {},
): HealthcareService {
  const condition = { type: 'RolledOut', message: '', ...rolledOut };
  return { ...aService('a'), status: { conditions: [condition], rollout } };
}

const failed = { revision: 'r2', reason: 'BurnsSlo', message: 'answers badly' } as const;

describe('what is told of a service', () => {
  it('is what it promises, as a share and in seconds', () => {
    const service = aService('a', { slo: { availability: 99.9, latencyP95: '250ms' } });
    expect(read('careplane_slo_availability_ratio', service)).toEqual([{ value: 0.999 }]);
    expect(read('careplane_slo_latency_p95_seconds', service)).toEqual([{ value: 0.25 }]);
  });

  it('is nothing that it does not promise', () => {
    const service = aService('a', { slo: { latencyP95: '2s' } });
    expect(read('careplane_slo_availability_ratio', service)).toEqual([]);
    expect(read('careplane_slo_latency_p95_seconds', aService('a'))).toEqual([]);
  });

  it('is by what the revision of its spec failed, while another one serves', () => {
    const service = judged({ status: 'False', reason: 'RolledBack' }, { failed });
    expect(read('careplane_service_rolled_back', service)).toEqual([
      { value: 1, labels: { reason: 'BurnsSlo' } },
    ]);
  });

  it('is so, too, while an annotation names a revision that there is not', () => {
    const mistyped = { status: 'False', reason: 'UnknownRevision' } as const;
    expect(read('careplane_service_rolled_back', judged(mistyped, { failed }))).toEqual([
      { value: 1, labels: { reason: 'BurnsSlo' } },
    ]);
    expect(read('careplane_service_rolled_back', judged(mistyped))).toEqual([]);
  });

  it('is that somebody holds another revision than that of its spec', () => {
    expect(read('careplane_service_rolled_back', judged({ status: 'False', reason: 'Pinned' }))).toEqual([
      { value: 1, labels: { reason: 'Pinned' } },
    ]);
  });

  it.each([
    ['all is rolled out', { status: 'True', reason: 'Complete' }],
    ['the revision that is held is that of the spec', { status: 'True', reason: 'Pinned' }],
    ['pods are being replaced', { status: 'False', reason: 'InProgress' }],
    ['a failed revision is only reported', { status: 'False', reason: 'BurnsSlo' }],
  ] as const)('is no rollback while %s', (_, condition) => {
    expect(read('careplane_service_rolled_back', judged(condition, { failed }))).toEqual([]);
  });

  it('is no rollback before anything is known', () => {
    expect(read('careplane_service_rolled_back', aService('a'))).toEqual([]);
  });
});

describe('what is told of the log that a service publishes', () => {
  const withKept = (reason: string): HealthcareService => {
    const condition = { type: 'AuditLogKept', status: 'False' as const, reason, message: '' };
    return { ...aService('a'), status: { conditions: [condition] } };
  };

  it('is by what it contradicts the kept checkpoints, and nothing while it does not', () => {
    const name = 'careplane_audit_log_refused';
    for (const reason of ['Forked', 'Shortened', 'OtherKey'])
      expect(read(name, withKept(reason))).toEqual([{ value: 1, labels: { reason } }]);
    for (const reason of ['Kept', 'NotCosigned', 'Unreadable'])
      expect(read(name, withKept(reason))).toEqual([]);
    expect(read(name, aService('a'))).toEqual([]);
  });
});
