import { describe, expect, it } from '@jest/globals';
import { RenewedSession } from './session.ts';
import type { Tokens } from './session.ts';

function tokens(access_token: string, seconds: number): Tokens {
  const answer = { access_token, token_type: 'bearer', expiresIn: () => seconds, claims: () => undefined };
  return answer as unknown as Tokens;
}

describe('RenewedSession', () => {
  it('uses a token until it is about to end', async () => {
    const session = new RenewedSession('p', tokens('first', 600), () => Promise.reject(new Error('not now')));
    expect(await session.token()).toBe('first');
  });

  it('renews once for everybody who asks meanwhile: a refresh token is good once', async () => {
    const used: string[] = [];
    const session = new RenewedSession('p', tokens('first', 5), (last) => {
      used.push(last.access_token);
      return Promise.resolve(tokens('second', 600));
    });
    expect(await Promise.all([session.token(), session.token()])).toEqual(['second', 'second']);
    expect(used).toEqual(['first']);
  });
});
