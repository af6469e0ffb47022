import { describe, expect, it } from '@jest/globals';
import { buildRoutes, findRoute, isAmbiguous } from './table.ts';

const routes = buildRoutes([
  { service: 'identity', url: 'http://identity:8080/', paths: ['/v1/patients', '/v1/tokens/', '/internal'] },
  { service: 'records', url: 'http://records:8080', paths: ['/v1/patients/records'] },
]);

describe('routes', () => {
  it.each([
    ['/v1/patients', 'identity'],
    ['/v1/patients/7/consents', 'identity'],
    ['/v1/patients/records/1', 'records'],
    ['/v1/tokens', 'identity'],
    ['/v1/patientsx', undefined],
    ['/v1', undefined],
    ['/internal/contacts/1', undefined],
  ])('lead %s to %s', (path, service) => {
    expect(findRoute(routes, path)?.service).toBe(service);
  });

  it('give the address without a trailing slash', () => {
    expect(findRoute(routes, '/v1/patients')?.url).toBe('http://identity:8080');
  });
});

describe('an ambiguous path', () => {
  it.each(['/a/../b', '/a/%2e%2E/b', '/a/.', '/a//b', '/a%2fb', '/a\\b', '/a/%5Cb'])('is %s', (path) => {
    expect(isAmbiguous(path)).toBe(true);
  });
  it.each(['/', '/.well-known/jwks.json', '/v1/patients/7', '/v1/a..b'])('is not %s', (path) => {
    expect(isAmbiguous(path)).toBe(false);
  });
});
