import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { JSONWebKeySet } from 'jose';
import type { Role } from '../auth/current-user.ts';
import { INTERNAL_AUDIENCE } from '../auth/service-auth.ts';
import { USER_AUDIENCE } from '../auth/user-auth.ts';

/** Stands in for identity and for the API server's token issuer in tests of other services. */
export interface TestIssuer {
  readonly issuer: string;
  readonly jwks: JSONWebKeySet;
  /** Serves `/.well-known/jwks.json`: use it as `CALLS_IDENTITY_URL`. */
  readonly url: string;
  /** A user token as identity gives it. */
  userToken(user: { sub: string; role: Role; expiresIn?: string; audience?: string }): Promise<string>;
  /** A projected service-account token. */
  internalToken(caller: string, namespace?: string): Promise<string>;
  /** The entries of the callee's `/bindings/internal`. */
  internalEntries(callers: readonly string[], token?: string): Record<string, string>;
  stop(): Promise<void>;
}

/** Starts an issuer with one ES256 key. */
export async function startTestIssuer(issuer = 'careplane-identity'): Promise<TestIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const kid = randomUUID();
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }] };
  const server = createServer((req, res) => {
    const known = req.url === '/.well-known/jwks.json';
    res
      .writeHead(known ? 200 : 404, { 'content-type': 'application/json' })
      .end(known ? JSON.stringify(jwks) : '{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sign = (
    payload: Record<string, string>,
    to: { audience: string; expiresIn: string },
  ): Promise<string> =>
    new SignJWT(payload)
      .setProtectedHeader({ alg: 'ES256', kid })
      .setIssuer(issuer)
      .setAudience(to.audience)
      .setIssuedAt()
      .setExpirationTime(to.expiresIn)
      .sign(privateKey);
  return {
    issuer,
    jwks,
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    userToken: ({ sub, role, expiresIn = '15m', audience = USER_AUDIENCE }) =>
      sign({ sub, role, jti: randomUUID() }, { audience, expiresIn }),
    internalToken: (caller, namespace = 'default') =>
      sign(
        { sub: `system:serviceaccount:${namespace}:${caller}` },
        { audience: INTERNAL_AUDIENCE, expiresIn: '1h' },
      ),
    internalEntries: (callers, token = 'unused') => ({
      type: 'careplane-internal',
      issuer,
      token,
      'jwks.json': JSON.stringify(jwks),
      'callers.json': JSON.stringify(callers),
    }),
    async stop(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
