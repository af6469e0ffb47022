import { describe, expect, it } from '@jest/globals';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import { configMap } from './config-map.ts';
import { aService, edgesOf } from '../fixtures/objects.ts';

const TRUST_DOMAIN = 'cluster.local';

describe('ConfigMap of the bindings', () => {
  it('names the declared callers of each port by their identities, in a fixed order', () => {
    const service = aService('identity', { ports: [{ name: 'grpc', port: 9000 }] });
    const b = aService('b', {
      calls: [
        { service: 'identity', port: 'http' },
        { service: 'identity', port: 'grpc' },
      ],
    });
    const a = aService('a', { calls: [{ service: 'identity', port: 'http' }] });
    const child = configMap(service, edgesOf(service, { services: [b, a, service] }), TRUST_DOMAIN);
    expect(child['data']).toMatchObject({
      'internal.type': 'careplane-internal',
      'callers.json': JSON.stringify({
        grpc: ['spiffe://cluster.local/ns/clinic/sa/b'],
        http: ['spiffe://cluster.local/ns/clinic/sa/a', 'spiffe://cluster.local/ns/clinic/sa/b'],
      }),
    });
  });

  it('routes a gateway to the exposed paths of what it calls', () => {
    const gateway = aService('gateway', {
      role: 'gateway',
      calls: [
        { service: 'identity', port: 'http' },
        { service: 'mail-sink', port: 'http' },
      ],
    });
    const identity = aService('identity', { http: { port: 8081, paths: ['/fhir/R4/Patient'] } });
    const services = [gateway, identity, aService('mail-sink')];
    const data = configMap(gateway, edgesOf(gateway, { services }), TRUST_DOMAIN)['data'] as Record<
      string,
      string
    >;
    expect(JSON.parse(data['routes.json'] ?? '')).toEqual([
      { service: 'identity', url: 'https://identity.clinic.svc:8081', paths: ['/fhir/R4/Patient'] },
    ]);
  });

  it('sends a path that two called services expose to the older one', () => {
    const gateway = aService('gateway', {
      role: 'gateway',
      calls: [
        { service: 'young', port: 'http' },
        { service: 'old', port: 'http' },
      ],
    });
    const made = (name: string, day: number, paths: string[]): HealthcareService => {
      const service = aService(name, { http: { port: 8080, paths } });
      return {
        ...service,
        metadata: { ...service.metadata, creationTimestamp: `2026-01-0${day}T00:00:00Z` },
      };
    };
    const services = [
      gateway,
      made('young', 2, ['/fhir/R4/Patient', '/v1/visits']),
      made('old', 1, ['/fhir/R4/Patient']),
    ];
    const data = configMap(gateway, edgesOf(gateway, { services }), TRUST_DOMAIN)['data'] as Record<
      string,
      string
    >;
    expect(JSON.parse(data['routes.json'] ?? '')).toMatchObject([
      { service: 'young', paths: ['/v1/visits'] },
      { service: 'old', paths: ['/fhir/R4/Patient'] },
    ]);
  });

  it('gives routes to gateways only', () => {
    const service = aService('identity');
    expect(configMap(service, edgesOf(service), TRUST_DOMAIN)['data']).not.toHaveProperty('routes.json');
  });
});
