import { describe, expect, it } from '@jest/globals';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import { USUAL_DNS_SERVERS } from '../../../k8s/dns-servers.ts';
import { nameResolution } from '../../../k8s/network-policy.ts';
import { networkPolicy } from './network-policy.ts';
import { aBroker, aService, aStore, edgesOf, type Facts } from '../fixtures/objects.ts';

interface Policy {
  policyTypes: string[];
  ingress: unknown[];
  egress: unknown[];
}

function policyOf(service: HealthcareService, changes: Partial<Facts> = {}): Policy {
  return networkPolicy(service, edgesOf(service, changes))['spec'] as Policy;
}

const scraping = {
  from: [{ podSelector: { matchExpressions: [{ key: 'careplane.dev/observability', operator: 'Exists' }] } }],
  ports: [{ protocol: 'TCP', port: 9090 }],
};
const names = nameResolution(USUAL_DNS_SERVERS);
const pods = (label: string, value: string): unknown[] => [
  { podSelector: { matchLabels: { [`careplane.dev/${label}`]: value } } },
];

describe('NetworkPolicy of a service', () => {
  it('lets a service without edges be scraped and resolve names, nothing else', () => {
    const policy = policyOf(aService('alone'));
    expect(policy.policyTypes).toEqual(['Ingress', 'Egress']);
    expect(policy.ingress).toEqual([scraping]);
    expect(policy.egress).toEqual(names);
  });

  it('lets the operator read the log of a service that publishes one, and of no other', () => {
    const choices = { operatorNamespace: 'careplane-system' };
    const ingressOf = (service: HealthcareService): unknown[] =>
      (networkPolicy(service, edgesOf(service), choices)['spec'] as Policy).ingress;
    const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': 'careplane-system' } };
    expect(ingressOf(aService('audit', { auditLog: {} }))).toEqual([
      scraping,
      { from: [{ namespaceSelector }], ports: [{ protocol: 'TCP', port: 9090 }] },
    ]);
    expect(ingressOf(aService('other'))).toEqual([scraping]);
  });

  it('lets declared callers in, on the port that they call', () => {
    const service = aService('mail-sink', { ports: [{ name: 'smtp', port: 1025 }] });
    const caller = aService('notifications', { calls: [{ service: 'mail-sink', port: 'smtp' }] });
    expect(policyOf(service, { services: [service, caller] }).ingress).toEqual([
      { from: pods('service', 'notifications'), ports: [{ protocol: 'TCP', port: 'smtp' }] },
      scraping,
    ]);
  });

  it('lets everybody in to an exposed gateway, and nobody to one that is not exposed', () => {
    const open = aService('gateway', {
      role: 'gateway',
      http: { port: 8080, expose: { type: 'ClusterIP' } },
    });
    expect(policyOf(open).ingress).toEqual([{ ports: [{ protocol: 'TCP', port: 'http' }] }, scraping]);
    expect(policyOf(aService('gateway', { role: 'gateway' })).ingress).toEqual([scraping]);
  });

  it('lets a service out to what it calls, stores in, and to its broker', () => {
    const service = aService('a', {
      calls: [{ service: 'identity', port: 'http' }],
      stores: [{ store: 'db' }, { store: 'cache' }],
      publishes: [{ event: 'a.b' }],
    });
    const { egress } = policyOf(service, {
      services: [service, aService('identity')],
      stores: [aStore('db'), aStore('cache', { engine: 'redis' })],
      brokers: [aBroker('rabbit')],
    });
    expect(egress).toEqual([
      ...names,
      { to: pods('service', 'identity'), ports: [{ protocol: 'TCP', port: 'http' }] },
      { to: pods('store', 'db'), ports: [{ protocol: 'TCP', port: 27017 }] },
      { to: pods('store', 'cache'), ports: [{ protocol: 'TCP', port: 6379 }] },
      { to: pods('broker', 'rabbit'), ports: [{ protocol: 'TCP', port: 5671 }] },
    ]);
  });

  it('lets pods of former revisions do what the spec declares no more, in both directions, and once', () => {
    const service = aService('a', { calls: [{ service: 'identity', port: 'http' }] });
    const db = aStore('db');
    const { policyTypes, ...rules } = networkPolicy(
      service,
      edgesOf(service, { services: [service, aService('identity')], stores: [db] }),
      {
        former: {
          calls: [{ service: 'mail-sink', portName: 'smtp' }],
          callers: [{ service: 'gateway', portName: 'http' }],
          stores: [db],
          brokers: [aBroker('rabbit')],
        },
      },
    )['spec'] as Policy;
    expect(policyTypes).toEqual(['Ingress', 'Egress']);
    expect(rules).toMatchObject({
      ingress: [{ from: pods('service', 'gateway'), ports: [{ protocol: 'TCP', port: 'http' }] }, scraping],
      egress: [
        ...names,
        { to: pods('service', 'identity') },
        { to: pods('service', 'mail-sink'), ports: [{ protocol: 'TCP', port: 'smtp' }] },
        { to: pods('store', 'db') },
        { to: pods('broker', 'rabbit') },
      ],
    });
  });

  it('under Shadow lets everything through and carries what Enforce would be', () => {
    const calls = [{ service: 'identity', port: 'http' }];
    const changes = { services: [aService('identity')] };
    const strict = policyOf(aService('a', { calls }), changes);
    const shadow = aService('a', { calls, enforcement: 'Shadow' });
    const { metadata, spec } = networkPolicy(shadow, edgesOf(shadow, changes));
    expect(metadata.labels).toEqual({ 'careplane.dev/enforcement': 'shadow' });
    expect(JSON.parse(metadata.annotations?.['careplane.dev/shadow-spec'] ?? '')).toEqual(strict);
    expect(spec).toEqual({ ...strict, ingress: [{}], egress: [{}] });
  });

  it('under Enforce says nothing of Shadow', () => {
    const service = aService('a');
    expect(networkPolicy(service, edgesOf(service)).metadata).toEqual({ name: 'a' });
  });
});
