import { describe, expect, it } from '@jest/globals';
import type { Resource } from '../../src/cluster.ts';
import { alwaysThere, workloadOf } from './declared.ts';

const resource = (kind: string, name: string, spec: Record<string, unknown> = {}): Resource => ({
  kind,
  metadata: { name, namespace: 'clinic', uid: `uid-${name}` },
  spec,
});

describe('the workloads that always have a pod', () => {
  const gateway = resource('HealthcareService', 'gateway');

  it('include all but the services that may be scaled to zero', () => {
    const resources = [
      gateway,
      resource('HealthcareService', 'notifications'),
      resource('HealthcareService', 'off', { replicas: 0 }),
      resource('EncryptedStore', 'clinic-db'),
      resource('MessageBroker', 'clinic-broker'),
      resource('ObservabilityStack', 'clinic-observability'),
      resource('ScalingPolicy', 'notifications', { target: { service: 'notifications' }, min: 0 }),
      resource('ScalingPolicy', 'gateway', { target: { service: 'gateway' }, min: 1 }),
    ];
    expect(alwaysThere(resources)).toEqual([
      'service/gateway',
      'store/clinic-db',
      'broker/clinic-broker',
      'observability/clinic-observability',
    ]);
  });

  it('exclude those that are being deleted', () => {
    const going = {
      ...gateway,
      metadata: { ...gateway.metadata, deletionTimestamp: '2026-11-26T00:00:00Z' },
    };
    expect(alwaysThere([going])).toEqual([]);
  });

  it("are found by their pods' labels", () => {
    const pod = resource('Pod', 'gateway-1');
    pod.metadata.labels = { 'careplane.dev/service': 'gateway' };
    expect(alwaysThere([gateway])).toEqual([workloadOf(pod)]);
  });
});
