import { describe, expect, it } from '@jest/globals';
import { isRepeatable } from './proxy.ts';

describe('what may be sent again when it may have been seen', () => {
  const key = { 'idempotency-key': 'a-key-of-mine' };

  it.each([
    ['GET', '/fhir/R4/Patient', {}, true],
    ['GET', '/fhir/R4/Patient/1', { 'if-none-match': 'W/"1"' }, true],
    ['PUT', '/fhir/R4/Patient/1', {}, true],
    ['DELETE', '/fhir/R4/Patient/1', {}, true],
    ['PUT', '/fhir/R4/Patient/1', { 'if-match': 'W/"1"' }, false],
    ['PUT', '/fhir/R4/Patient/1', { 'if-none-match': '*' }, false],
    ['DELETE', '/fhir/R4/Patient/1', { 'if-match': 'W/"1"' }, false],
    ['POST', '/fhir/R4/Patient', {}, false],
    ['POST', '/fhir/R4/Patient', key, true],
    ['POST', '/fhir/R4/Patient/1', key, false],
    ['POST', '/fhir/R4/Patient/$match', key, false],
    ['POST', '/fhir/R4/$operation', key, false],
    ['POST', '/oauth2/token', key, false],
    ['POST', '/admin/apps', key, false],
    ['PATCH', '/fhir/R4/Patient', key, false],
  ])('%s %s %j: %s', (method, path, headers, may) => {
    expect(isRepeatable({ method, path, headers })).toBe(may);
  });
});
