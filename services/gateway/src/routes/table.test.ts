import { describe, expect, it } from '@jest/globals';
import { buildRoutes, findRoute } from './table.ts';

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
