import { describe, expect, it } from '@jest/globals';
import type { HealthcareService } from '../api/healthcareservice.ts';
import { aService } from '../controllers/healthcareservice/fixtures/objects.ts';
import { pathOwners, takenPaths } from './paths.ts';

function made(service: HealthcareService, second?: number): HealthcareService {
  const since = second === undefined ? {} : { creationTimestamp: `2026-01-01T00:00:0${second}Z` };
  return { ...service, metadata: { ...service.metadata, ...since } };
}
const withPaths = (name: string, second: number | undefined, ...paths: string[]): HealthcareService =>
  made(aService(name, { http: { port: 8080, paths } }), second);
const gateway = (name: string, ...called: string[]): HealthcareService =>
  aService(name, { role: 'gateway', calls: called.map((service) => ({ service, port: 'http' })) });

describe('a path that two services have behind one gateway', () => {
  const old = withPaths('z-old', 1, '/fhir/R4/Patient', '/v1/old');
  const young = withPaths('a-young', 2, '/fhir/R4/Patient', '/v1/young');

  it('is that of the older one, in whatever order they are called or found', () => {
    for (const services of [
      [old, young, gateway('g', 'z-old', 'a-young')],
      [gateway('g', 'a-young', 'z-old'), young, old],
    ]) {
      const called = services.find(({ metadata }) => metadata.name === 'g') ?? old;
      expect(Object.fromEntries(pathOwners(called, services))).toEqual({
        '/fhir/R4/Patient': 'z-old',
        '/v1/old': 'z-old',
        '/v1/young': 'a-young',
      });
      expect(takenPaths(old, services)).toEqual([]);
      expect(takenPaths(young, services)).toEqual([
        { path: '/fhir/R4/Patient', owner: 'z-old', gateway: 'g' },
      ]);
    }
  });

  it('is decided by name when both were made in the same second, and a service that is only planned comes last', () => {
    const [a, b, planned] = [
      withPaths('a', 1, '/x'),
      withPaths('b', 1, '/x'),
      withPaths('0', undefined, '/x'),
    ];
    const services = [planned, b, a, gateway('g', '0', 'b', 'a')];
    expect(takenPaths(a, services)).toEqual([]);
    expect([b, planned].map((service) => takenPaths(service, services)[0]?.owner)).toEqual(['a', 'a']);
  });

  it('is no matter behind different gateways, of a service that is called on another port, or of a longer prefix', () => {
    const apart = [old, young, gateway('g', 'z-old'), gateway('h', 'a-young')];
    expect(takenPaths(young, apart)).toEqual([]);
    const other = aService('g', {
      role: 'gateway',
      calls: [
        { service: 'z-old', port: 'grpc' },
        { service: 'a-young', port: 'http' },
      ],
    });
    expect(takenPaths(young, [old, young, other])).toEqual([]);
    const longer = withPaths('longer', 3, '/fhir/R4/Patient/search');
    expect(takenPaths(longer, [old, longer, gateway('g', 'z-old', 'longer')])).toEqual([]);
  });

  it('is no matter to a service that is no gateway and calls both', () => {
    const reporting = { ...gateway('r', 'z-old', 'a-young') };
    reporting.spec = { ...reporting.spec, role: 'api' };
    expect(takenPaths(young, [old, young, reporting])).toEqual([]);
  });
});
