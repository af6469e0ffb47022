import { describe, expect, it } from '@jest/globals';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import { aService } from '../../controllers/healthcareservice/fixtures/objects.ts';
import { brief, onlyThese } from '../fixtures/other-objects.ts';
import { exposedPaths } from './exposed-paths.ts';

const withPaths = (name: string, ...paths: string[]): HealthcareService =>
  aService(name, { http: { port: 8080, paths } });
const gateway = (...called: string[]): HealthcareService =>
  aService('gateway', { role: 'gateway', calls: called.map((service) => ({ service, port: 'http' })) });

describe('exposedPaths', () => {
  it('refuses a path that another service has behind the same gateway', () => {
    const services = [withPaths('old', '/fhir/R4/Patient'), gateway('old', 'new')];
    const found = exposedPaths(withPaths('new', '/v1/visits', '/fhir/R4/Patient'), onlyThese({ services }));
    expect(brief(found)).toEqual(['refuse spec.http.paths[1]']);
    expect(found[0]?.message).toMatch(/^old exposes \/fhir\/R4\/Patient through the gateway gateway already/);
  });

  it('refuses a gateway that calls two services with one path', () => {
    const services = [withPaths('old', '/fhir/R4/Patient'), withPaths('new', '/fhir/R4/Patient')];
    expect(brief(exposedPaths(gateway('old', 'new'), onlyThese({ services })))).toEqual([
      'refuse spec.calls[1].service',
    ]);
  });

  it('lets a path move from one service to the other without a gap', () => {
    const old = withPaths('old', '/fhir/R4/Patient');
    const moved = withPaths('new', '/fhir/R4/Patient');
    expect(exposedPaths(moved, onlyThese({ services: [old, gateway('old')] }))).toEqual([]);
    expect(exposedPaths(gateway('new'), onlyThese({ services: [old, moved] }))).toEqual([]);
  });

  it('lets the longest prefix win, and other gateways have their own', () => {
    const services = [withPaths('old', '/fhir/R4/Patient'), gateway('old', 'new')];
    expect(exposedPaths(withPaths('new', '/fhir/R4/Patient/search'), onlyThese({ services }))).toEqual([]);
    const apart = [
      withPaths('old', '/fhir/R4/Patient'),
      gateway('old'),
      { ...gateway('new'), metadata: { name: 'g2' } },
    ];
    expect(exposedPaths(withPaths('new', '/fhir/R4/Patient'), onlyThese({ services: apart }))).toEqual([]);
  });
});
