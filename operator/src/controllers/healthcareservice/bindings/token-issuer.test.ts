import { describe, expect, it } from '@jest/globals';
import { TokenIssuerReader } from './token-issuer.ts';

function apiServer(keys: object[]): {
  raw(path: string): Promise<string>;
  calls: string[];
  now(): number;
  at: number;
} {
  return {
    calls: [],
    at: 0,
    now() {
      return this.at;
    },
    raw(path) {
      this.calls.push(path);
      const answer = path === '/openid/v1/jwks' ? { keys } : { issuer: 'https://issuer' };
      return Promise.resolve(JSON.stringify(answer));
    },
  };
}

describe('TokenIssuerReader', () => {
  it('asks the API server once, and again after five minutes', async () => {
    const reader = new TokenIssuerReader();
    const server = apiServer([{ kty: 'RSA', kid: '1' }]);
    await reader.read(server);
    expect(await reader.read(server)).toEqual({
      issuer: 'https://issuer',
      jwks: '{"keys":[{"kid":"1","kty":"RSA"}]}',
    });
    expect(server.calls).toHaveLength(2);
    server.at = 300_000;
    await reader.read(server);
    expect(server.calls).toHaveLength(4);
  });

  it('gives the same text for the same keys in another order', async () => {
    const keys = [
      { kty: 'RSA', kid: '2' },
      { kty: 'RSA', kid: '1' },
    ];
    const read = async (list: object[]): Promise<string> =>
      (await new TokenIssuerReader().read(apiServer(list))).jwks;
    expect(await read(keys)).toBe(await read([...keys].reverse()));
  });

  it('refuses an answer without keys', async () => {
    await expect(new TokenIssuerReader().read(apiServer([]))).rejects.toThrow();
  });
});
