import { describe, expect, it } from '@jest/globals';
import { targetFault } from './request-target.ts';

describe('a request target', () => {
  it.each([
    '/',
    '/.well-known/jwks.json',
    '/api/patients/7?name=M%C3%BCller&x=1%2B1',
    '/fhir/R4/Patient?identifier=urn:oid:1.2|7&_sort=-date',
    '/api/a..b',
    '/api/a%20b',
  ])('%s is fine', (url) => {
    expect(targetFault(url)).toBeUndefined();
  });

  it.each([
    '/api/patients/%zz',
    '/api/patients/%',
    '/api/patients/%f',
    '/api/patients/%ff',
    '/api/patients/%c3%28',
    '/api/patients/%ed%a0%80',
    '/api/patients?name=%zz',
    '/api/patients?name=%e4',
    '/api/patients/%00',
    '/api/patients/%0a',
    '/api/patients/%7F',
    '/api/patients?name=a%00',
    '/api/../internal',
    '/api/%2e%2E/internal',
    '/api/.',
    '//evil.example/',
    '/api//x',
    '/a%2fb',
    '/a\\b',
    '/a%5Cb',
    '/a#b',
    '/a b',
    '/M\u00fcller',
    'http://clinic.example/v1',
    '*',
    '',
  ])('%s is 400', (url) => {
    expect(targetFault(url)?.status).toBe(400);
  });

  it('of more than 8 KiB is 414, whatever is in it', () => {
    expect(targetFault(`/${'a'.repeat(8_191)}`)).toBeUndefined();
    expect(targetFault(`/${'%zz'.repeat(4_000)}`)?.status).toBe(414);
  });

  it('is judged in time that grows with its length only', () => {
    const before = process.cpuUsage();
    for (const part of ['/.', '%2e', '/%2e', '%', '.', '/..a', '|'])
      targetFault(`/${part.repeat(8_000 / part.length)}`);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(100);
  });
});
