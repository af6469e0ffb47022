import { describe, expect, it } from '@jest/globals';
import { ApiUnreachable } from '../runtime/errors.ts';
import { isConnectionError } from './connection-error.ts';

function named(name: string, fields: object = {}, message = 'x'): Error {
  return Object.assign(new Error(message), { name, ...fields });
}

describe('an error of a connection', () => {
  it.each([
    named('MongoServerSelectionError'),
    named('MongoNetworkError'),
    named('MongoServerError', { code: 18 }),
    named('Error', { code: 'ECONNREFUSED', syscall: 'connect' }),
    named('Error', { code: 'CERT_HAS_EXPIRED' }),
    named('Error', {}, 'Command timed out'),
    named('ReplyError', {}, 'WRONGPASS invalid username-password pair'),
  ])('is %s', (error) => {
    expect(isConnectionError(error)).toBe(true);
  });

  it.each([
    named('MongoWriteConcernError', { code: 64 }),
    named('MongoServerError', { code: 13 }),
    named('ApiError', { status: 403 }),
    new ApiUnreachable('/api', named('Error', { code: 'ECONNREFUSED', syscall: 'connect' })),
    new TypeError('x is not a function'),
    'text',
  ])('is not %s', (error) => {
    expect(isConnectionError(error)).toBe(false);
  });
});
