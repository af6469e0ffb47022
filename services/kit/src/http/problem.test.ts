import { describe, expect, it } from '@jest/globals';
import { MongoServerError } from 'mongodb';
import { asProblem } from './problem.ts';

/** The driver's error of this name. */
const driverError = (name: string): Error => Object.assign(new Error('x'), { name });

describe('an error as a problem', () => {
  it.each([
    ['no server can be selected', driverError('MongoServerSelectionError')],
    ['a connection broke', driverError('MongoNetworkError')],
    ['the server is no primary', new MongoServerError({ message: 'no', code: 10107 })],
    ['the server shuts down', new MongoServerError({ message: 'no', code: 91 })],
    [
      'the driver calls it retryable',
      new MongoServerError({ message: 'no', code: 1, errorLabels: ['RetryableWriteError'] }),
    ],
  ])('is 503 with Retry-After when %s', (_, error) => {
    const { status, headers } = asProblem(error);
    expect([status, headers]).toEqual([503, { 'retry-after': '1' }]);
  });

  it('is 500 when the database refuses, or the code fails', () => {
    expect(asProblem(new MongoServerError({ message: 'no', code: 13 })).status).toBe(500);
    expect(asProblem(new TypeError('x')).status).toBe(500);
  });
});
