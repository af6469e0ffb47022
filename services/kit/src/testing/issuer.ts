import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey, JSONWebKeySet, JWTPayload } from 'jose';
import type { Role } from '../auth/current-user.ts';
import { USER_AUDIENCE } from '../auth/user-auth.ts';

/** Stands in for identity in tests of other services. */
export interface TestIssuer {
  readonly issuer: string;
  readonly jwks: JSONWebKeySet;
  /** Serves `/.well-known/jwks.json`: use it as `CALLS_IDENTITY_URL`. */
  readonly url: string;
  /** How often the keys were asked for. */
  asked(): number;
  /** From now on there is one other key, and tokens are signed by it. */
  rotate(): Promise<void>;
  /** Origins of registered apps, as `/internal/app-origins` tells them; may be changed. */
  readonly origins: string[];
  /** A user token as identity gives it; `jkt` binds it to a key (RFC 9449). */
  userToken(user: {
    sub: string;
    role: Role;
    expiresIn?: string;
    audience?: string;
    jkt?: string;
  }): Promise<string>;
  stop(): Promise<void>;
}

/** Starts an issuer with one ES256 key. */
export async function startTestIssuer(issuer = 'careplane-identity'): Promise<TestIssuer> {
  let key = await newKey();
  let asked = 0;
  const origins: string[] = [];
  const server = createServer((req, res) => {
    if (req.url === '/.well-known/jwks.json') asked += 1;
    const body = bodyOf(req.url);
    res
      .writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(body ?? {}));
  });
  const bodyOf = (url: string | undefined): object | undefined => {
    if (url === '/internal/app-origins') return { origins };
    return url === '/.well-known/jwks.json' ? key.jwks : undefined;
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sign = (payload: JWTPayload, to: { audience: string; expiresIn: string }): Promise<string> =>
    new SignJWT(payload)
      .setProtectedHeader({ alg: 'ES256', kid: key.kid })
      .setIssuer(issuer)
      .setAudience(to.audience)
      .setIssuedAt()
      .setExpirationTime(to.expiresIn)
      .sign(key.privateKey);
  return {
    issuer,
    get jwks(): JSONWebKeySet {
      return key.jwks;
    },
    asked: () => asked,
    origins,
    async rotate(): Promise<void> {
      key = await newKey();
    },
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    userToken: ({ sub, role, expiresIn = '15m', audience = USER_AUDIENCE, jkt }) =>
      sign(
        { sub, role, jti: randomUUID(), ...(jkt === undefined ? {} : { cnf: { jkt } }) },
        { audience, expiresIn },
      ),
    async stop(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function newKey(): Promise<{ kid: string; privateKey: CryptoKey; jwks: JSONWebKeySet }> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const kid = randomUUID();
  return {
    kid,
    privateKey,
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }] },
  };
}
