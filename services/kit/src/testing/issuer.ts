import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey, JSONWebKeySet } from 'jose';
import { NO_FACTS } from '@careplane/access';
import type { Facts, PersonReference, Role } from '@careplane/access';
import { audienceOf } from '../auth/access-token.ts';
import { FACTS_PATH, factsQuestions } from '../auth/facts-schema.ts';

/** What an access token says (RFC 9068), and how it may be wrong. */
export interface TestAccessToken {
  readonly role: Role;
  /** The account; a random one when absent. */
  readonly sub?: string;
  readonly person?: PersonReference;
  /** Default `user/*.cruds`; of an app `system/*.cruds`. */
  readonly scope?: string;
  /** The patient of the launch context. */
  readonly patient?: string;
  readonly client?: string;
  /** Claims beside those, or instead of them; `undefined` takes one out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly typ?: string;
  readonly expiresIn?: string;
}

/** Stands in for identity in tests of other services. */
export interface TestIssuer {
  /** The `iss` of access tokens: a public address that nothing answers at. */
  readonly publicUrl: string;
  /** An access token as identity gives it by OAuth 2. */
  accessToken(token: TestAccessToken): Promise<string>;
  /** The facts that it tells by `<role>/<id>`; of others there are none. */
  readonly facts: Map<string, Partial<Facts>>;
  /** How often facts of somebody were asked for. */
  askedForFacts(): number;
  readonly jwks: JSONWebKeySet;
  /** Serves `/.well-known/jwks.json`: use it as `CALLS_IDENTITY_URL`. */
  readonly url: string;
  /** How often the keys were asked for. */
  asked(): number;
  /** From now on there is one other key, and tokens are signed by it. */
  rotate(): Promise<void>;
  /** What `POST /internal/directory` answers; may be changed. `undefined`: it is away. */
  directory: object | undefined;
  /** Origins of registered apps, as `/internal/app-origins` tells them; may be changed. */
  readonly origins: string[];
  /** The same for somebody with this id: a patient, a practitioner, or an account without a person. */
  userToken(user: { sub: string; role: Role; expiresIn?: string; audience?: string }): Promise<string>;
  stop(): Promise<void>;
}

/** Starts an issuer with one ES256 key. */
export async function startTestIssuer(): Promise<TestIssuer> {
  let key = await newKey();
  let asked = 0;
  const origins: string[] = [];
  let askedForFacts = 0;
  const facts = new Map<string, Partial<Facts>>();
  const publicUrl = 'https://clinic.example';
  const factsAt = (path: string): object => {
    askedForFacts += 1;
    return { ...NO_FACTS, ...facts.get(decodeURIComponent(path.split('?')[0] ?? '')) };
  };
  const answerTo = (path: string, body: string): unknown => {
    if (path === '/.well-known/openid-configuration')
      return { issuer: publicUrl, jwks_uri: `${publicUrl}/.well-known/jwks.json` };
    if (path === FACTS_PATH) return { facts: factsQuestions.parse(JSON.parse(body)).asked.map(factsAt) };
    if (path.startsWith(`${FACTS_PATH}/`)) return factsAt(path.slice(FACTS_PATH.length + 1));
    if (path === '/internal/app-origins') return { origins };
    if (path === '/internal/directory') return issuer.directory;
    if (path !== '/.well-known/jwks.json') return undefined;
    asked += 1;
    return key.jwks;
  };
  const server = createServer((req, res) => {
    const say = (body: string): void => {
      const answer = answerTo(req.url ?? '', body);
      res
        .writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
        .end(JSON.stringify(answer ?? {}));
    };
    text(req).then(say, () => res.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer: TestIssuer = {
    publicUrl,
    directory: { practitioners: {}, apps: {}, emergencies: [] },
    facts,
    askedForFacts: () => askedForFacts,
    accessToken: (token) => signAccessToken(token, publicUrl, key),
    get jwks(): JSONWebKeySet {
      return key.jwks;
    },
    asked: () => asked,
    origins,
    async rotate(): Promise<void> {
      key = await newKey();
    },
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    userToken: ({ sub, role, expiresIn, audience }) =>
      signAccessToken(
        {
          ...{ role, sub, ...personOf(role, sub) },
          ...(expiresIn === undefined ? {} : { expiresIn }),
          ...(audience === undefined ? {} : { claims: { aud: audience } }),
        },
        publicUrl,
        key,
      ),
    async stop(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return issuer;
}

function personOf(role: Role, id: string): { person?: PersonReference } {
  if (role === 'patient') return { person: { type: 'Patient', id } };
  return role === 'practitioner' ? { person: { type: 'Practitioner', id } } : {};
}

/** An access token as identity gives it, signed by any key. */
export function signAccessToken(
  token: TestAccessToken,
  issuer: string,
  key: { kid: string; privateKey: CryptoKey },
): Promise<string> {
  const { role, person, patient, sub = randomUUID(), client = 'test-app' } = token;
  const claims = {
    iss: issuer,
    aud: audienceOf(issuer),
    sub,
    client_id: client,
    scope: token.scope ?? (role === 'app' ? 'system/*.cruds' : 'user/*.cruds'),
    role,
    jti: randomUUID(),
    ...(person ? { fhirUser: `${person.type}/${person.id}` } : {}),
    ...(patient === undefined ? {} : { patient }),
    ...token.claims,
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: token.typ ?? 'at+jwt' })
    .setIssuedAt()
    .setExpirationTime(token.expiresIn ?? '15m')
    .sign(key.privateKey);
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
