import { describe, expect, it } from '@jest/globals';
import { isRefusal } from './users.ts';

const error = (name: string, code?: number): Error =>
  Object.assign(new Error(name), { name, ...(code === undefined ? {} : { code }) });

describe('what keeps one user from being made, and no other', () => {
  it('is an answer of the server, or a majority that does not confirm', () => {
    expect(isRefusal(error('MongoServerError', 51_003))).toBe(true);
    expect(isRefusal(error('MongoWriteConcernError', 64))).toBe(true);
  });

  it('is no lost connection, and no other primary', () => {
    expect(isRefusal(error('MongoNetworkError'))).toBe(false);
    expect(isRefusal(error('MongoServerError', 10_107))).toBe(false);
    expect(isRefusal(error('MongoWriteConcernError', 189))).toBe(false);
  });
});
