import { describe, expect, it } from '@jest/globals';
import { BrokenCircuitError } from 'cockatiel';
import { admits } from '../entrance/admission.ts';
import { isPublic } from '../entrance/public-routes.ts';
import { failureOf, problemOf } from './failure.ts';
import { requestHeaders, responseHeaders } from './headers.ts';

const coded = (code: string): Error => Object.assign(new Error('x'), { code });

describe('headers', () => {
  it('for a backend: without the hop’s, without what a client may not say, with ours', () => {
    const headers = requestHeaders(
      {
        authorization: 'Bearer t',
        connection: 'keep-alive, x-mine',
        'x-mine': '1',
        'transfer-encoding': 'chunked',
        'x-forwarded-for': '203.0.113.7',
        traceparent: 'theirs',
        baggage: 'user=eve',
        b3: '0',
        'content-length': '5',
        'content-encoding': 'gzip',
        host: 'clinic',
        'x-request-timeout-ms': '1',
        accept: 'a',
      },
      { protocol: 'https', address: '192.0.2.1', host: 'clinic', trace: { traceparent: 'ours' } },
    );
    expect(headers).toEqual({
      authorization: 'Bearer t',
      accept: 'a',
      traceparent: 'ours',
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'clinic',
    });
  });

  it('for a client: without the hop’s', () => {
    const headers = {
      etag: 'W/"1"',
      'keep-alive': 'timeout=5',
      connection: 'keep-alive',
      'set-cookie': ['a', 'b'],
      'access-control-allow-origin': '*',
    };
    expect(responseHeaders(headers)).toEqual({ etag: 'W/"1"', 'set-cookie': ['a', 'b'] });
  });
});

describe('failures', () => {
  it.each([
    [coded('ECONNREFUSED'), 'not-sent', 503],
    [coded('UND_ERR_SOCKET'), 'broken', 503],
    [coded('UND_ERR_HEADERS_TIMEOUT'), 'late', 504],
    [new BrokenCircuitError(), 'open', 503],
    [new TypeError('a fault of ours'), 'unknown', 502],
  ])('%s is %s and answers %d', (error, failure, status) => {
    expect(failureOf(error)).toBe(failure);
    expect(problemOf(error, { openMs: 3_000, repeatable: true }).status).toBe(status);
  });

  it('of an open circuit say when to come again', () => {
    expect(problemOf(new BrokenCircuitError(), { openMs: 3_000, repeatable: false }).headers).toEqual({
      'retry-after': '3',
    });
  });

  it('tell nobody to come again with what may have been done and cannot be repeated', () => {
    const problem = problemOf(coded('ECONNRESET'), { openMs: 3_000, repeatable: false });
    expect([problem.status, problem.headers]).toEqual([502, {}]);
    const late = problemOf(coded('UND_ERR_HEADERS_TIMEOUT'), { openMs: 3_000, repeatable: false });
    expect([late.status, late.detail]).toEqual([504, problem.detail]);
  });
});

describe('the entrance', () => {
  it('sheds reads before writes', () => {
    expect([
      admits('GET', 79, 100),
      admits('GET', 80, 100),
      admits('POST', 80, 100),
      admits('POST', 100, 100),
    ]).toEqual([true, false, true, false]);
  });

  it.each([
    ['GET', '/.well-known/jwks.json', true],
    ['POST', '/oauth2/token', true],
    ['GET', '/login/abc', true],
    ['POST', '/account/register', true],
    ['GET', '/fhir/R4/metadata', true],
    ['HEAD', '/fhir/R4/.well-known/smart-configuration', true],
    ['GET', '/openapi/identity.json', true],
    ['GET', '/audit-log/checkpoint', true],
    ['HEAD', '/audit-log/checkpoint', true],
    ['GET', '/audit-log/vkeys', true],
    ['GET', '/audit-log/tile/0/x001/234.p/5', true],
    ['GET', '/audit-log/tile/entries/000', true],
    ['POST', '/audit-log/checkpoint', false],
    ['DELETE', '/audit-log/tile/0/000', false],
    ['GET', '/audit-log/records/000', false],
    ['GET', '/audit-log/tile', false],
    ['GET', '/audit-log/tilex/000', false],
    ['GET', '/audit-log/checkpoint/x', false],
    ['GET', '/audit-log', false],
    ['POST', '/fhir/R4/metadata', false],
    ['GET', '/fhir/R4/metadatax', false],
    ['GET', '/fhir/R4/Patient', false],
    ['GET', '/oauth2x', false],
    ['GET', '/oauth2/userinfo', false],
    ['POST', '/oauth2/userinfo', false],
    ['GET', '/loginx/1', false],
    ['GET', '/admin/apps', false],
    ['GET', '/openapi', false],
    ['POST', '/fhir/R4/Patient', false],
    ['POST', '/.well-known/x', false],
    ['DELETE', '/', false],
  ])('is open to %s %s: %s', (method, path, open) => {
    expect(isPublic(method, path)).toBe(open);
  });
});
