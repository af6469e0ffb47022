import { describe, expect, it } from '@jest/globals';
import { headerFault } from './header-rules.ts';

const host = ['Host', 'clinic.example:30080'];

describe('headers', () => {
  it.each([
    [host, 'GET'],
    [['host', '[2001:db8::1]:443'], 'GET'],
    [[...host, 'Accept', 'a', 'accept', 'b', 'X-Forwarded-For', '1', 'X-Forwarded-For', '2'], 'GET'],
    [[...host, 'Content-Length', '2'], 'POST'],
    [[...host, 'Content-Length', '0'], 'GET'],
    [[...host, 'Transfer-Encoding', 'chunked'], 'PUT'],
  ])('%j of a %s are fine', (raw, method) => {
    expect(headerFault(raw, method)).toBeUndefined();
  });

  it.each([
    'Authorization',
    'If-Match',
    'Idempotency-Key',
    'Host',
    'Content-Type',
    'DPoP',
    'Content-Encoding',
  ])('%s twice is 400, in whatever case, and is named without its value', (name) => {
    const fault = headerFault([...host, name, 'secret-1', name.toUpperCase(), 'secret-2'], 'POST');
    expect(fault).toMatchObject({ status: 400, detail: `The header ${name.toLowerCase()} is given twice` });
  });

  it.each([
    [[...host, 'Content-Length', '2', 'Transfer-Encoding', 'chunked'], 'POST'],
    [[...host, 'Transfer-Encoding', 'gzip, chunked'], 'POST'],
    [[...host, 'Transfer-Encoding', 'identity'], 'POST'],
    [[...host, 'Content-Length', '2'], 'GET'],
    [[...host, 'Transfer-Encoding', 'chunked'], 'HEAD'],
    [[], 'GET'],
    [['Host', ''], 'GET'],
    [['Host', 'a b'], 'GET'],
    [['Host', 'clinic@evil.example'], 'GET'],
    [['Host', 'clinic/evil'], 'GET'],
    [['Host', 'clinic:port'], 'GET'],
  ])('%j of a %s are 400', (raw, method) => {
    expect(headerFault(raw, method)?.status).toBe(400);
  });

  it('are 431 when there are more than a hundred, or more than 16 KiB', () => {
    const many = Array.from({ length: 100 }, (_, i) => [`x-${String(i)}`, 'a']).flat();
    expect(headerFault([...host, ...many], 'GET')?.status).toBe(431);
    expect(headerFault([...host, 'x-large', 'a'.repeat(17_000)], 'GET')?.status).toBe(431);
    expect(headerFault([...host, ...many.slice(2)], 'GET')).toBeUndefined();
  });
});
