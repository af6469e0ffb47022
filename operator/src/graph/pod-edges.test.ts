import { describe, expect, it } from '@jest/globals';
import type { Pod } from '../k8s/types.ts';
import { cacheWith } from '../runtime/fixtures/cache.ts';
import {
  byPodCalls,
  byPodProviders,
  formerUsers,
  podEdges,
  undeclaredCalls,
  undeclaredProviders,
} from './pod-edges.ts';
import type { HealthcareService } from '../api/healthcareservice.ts';

function aPod(service: string, phase = 'Running', deleted = false): Pod {
  const env = [
    { name: 'CALLS_MAIL_SINK_SMTP_IN_URL', value: 'tcp://mail-sink.clinic.svc:1025' },
    { name: 'CALLS_IDENTITY_URL', value: 'https://identity.clinic.svc:8080' },
    { name: 'PORT', value: '8080' },
  ];
  const secrets = [`${service}.clinic-db`, `${service}.rabbit`, 'identity-keys'];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${service}-1`,
      namespace: 'clinic',
      labels: { 'careplane.dev/service': service },
      ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: {
      containers: [{ name: service, env }],
      volumes: [
        { name: 'tmp' },
        { name: 'b', projected: { sources: secrets.map((name) => ({ secret: { name } })) } },
      ],
    },
    status: { phase },
  };
}

function declaring(spec: object): HealthcareService {
  return { spec } as HealthcareService;
}

const INDEXES = [byPodCalls, byPodProviders] as Parameters<typeof cacheWith>[1];

describe('the edges of a pod', () => {
  it('are the services, ports, stores and brokers that it was given', () => {
    expect(podEdges(aPod('notifications'))).toEqual({
      calls: [
        { service: 'mail-sink', portName: 'smtp-in' },
        { service: 'identity', portName: 'http' },
      ],
      providers: ['clinic-db', 'rabbit'],
    });
  });

  it('are those of former revisions where the service declares them no more', () => {
    const pod = aPod('notifications');
    const calls = [{ service: 'identity', port: 'http' }];
    const all = declaring({ calls, stores: [{ store: 'clinic-db' }], publishes: [{ event: 'a.b' }] });
    expect([undeclaredCalls(pod, all), undeclaredProviders(pod, all)]).toEqual([['mail-sink'], []]);
    expect(undeclaredProviders(pod, declaring({}))).toEqual(['clinic-db', 'rabbit']);
    expect(undeclaredCalls(pod, undefined)).toEqual(['mail-sink', 'identity']);
  });

  it('count until the pod has ended, also while it drains', () => {
    const running = cacheWith([aPod('a'), aPod('b', 'Running', true), aPod('c', 'Succeeded')], INDEXES);
    const db = { metadata: { name: 'clinic-db', namespace: 'clinic' } };
    expect(formerUsers(db, ['a'], running)).toEqual(['b']);
    expect(running.byIndex(byPodCalls, 'identity', 'clinic')).toHaveLength(2);
  });
});
