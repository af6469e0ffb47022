import { describe, expect, it } from '@jest/globals';
import { buildRoutes, findRoute } from './table.ts';

const routes = buildRoutes([
  {
    service: 'identity',
    url: 'http://identity:8080/',
    paths: ['/fhir/R4/Patient', '/oauth2/token/', '/internal', '/Internal', '/INTERNAL/contacts'],
  },
  { service: 'records', url: 'http://records:8080', paths: ['/fhir/R4/Patient/records'] },
]);

describe('routes', () => {
  it.each([
    ['/fhir/R4/Patient', 'identity'],
    ['/fhir/R4/Patient/7/consents', 'identity'],
    ['/fhir/R4/Patient/records/1', 'records'],
    ['/oauth2/token', 'identity'],
    ['/fhir/R4/Patientx', undefined],
    ['/v1', undefined],
    ['/internal', undefined],
    ['/internal/contacts/1', undefined],
    ['/Internal/app-origins', undefined],
    ['/INTERNAL/contacts/1', undefined],
  ])('lead %s to %s', (path, service) => {
    expect(findRoute(routes, path)?.service).toBe(service);
  });

  it('give the address without a trailing slash', () => {
    expect(findRoute(routes, '/fhir/R4/Patient')?.url).toBe('http://identity:8080');
  });
});
