import { createHmac, generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import type { Request } from 'express';
import { createLocalJWKSet, exportJWK, exportSPKI, generateKeyPair, importJWK, SignJWT } from 'jose';
import { keysOwner } from '../../test/keys-owner.ts';
import type { KeysOwner } from '../../test/keys-owner.ts';
import { Unauthorized, Unavailable } from '../http/errors.ts';
import { startTestIssuer } from '../testing/issuer.ts';
import type { TestIssuer } from '../testing/issuer.ts';
import { audienceOf } from './access-token.ts';
import { currentSubject, currentUser } from './current-user.ts';
import { remoteUserAuth } from './remote-provider.ts';
import { createUserAuth } from './user-auth.ts';
import type { UserAuth } from './user-auth.ts';

const asking = (token?: string, originalUrl = '/fhir/R4/Patient'): Request =>
  ({
    originalUrl,
    get: () => (token === undefined ? undefined : `Bearer ${token}`),
  }) as unknown as Request;

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('access tokens', () => {
  let issuer: TestIssuer;
  let service: KeysOwner;
  let auth: UserAuth;
  beforeEach(async () => {
    issuer = await startTestIssuer();
    service = keysOwner();
    auth = remoteUserAuth({ ...service, calls: { url: () => issuer.url, has: () => true } });
    await until(async () => (await service.health.report()).ready, { what: 'keys and issuer', everyMs: 5 });
  });
  afterEach(async () => {
    await service.lifecycle.shutdown();
    await issuer.stop();
  });

  /** What is answered: the caller, or the error's name. */
  const answer = (token?: string): Promise<unknown> =>
    auth.verify(asking(token)).catch((error: unknown) => (error as Error).name);
  const patientToken = (over: object = {}): Promise<string> =>
    issuer.accessToken({ role: 'patient', person: { type: 'Patient', id: 'p1' }, ...over });

  it('say for what the app may use data, as far as that is known here', async () => {
    const purposesOf = async (purposes: string): Promise<unknown> =>
      ((await answer(await patientToken({ claims: { purposes } }))) as { purposes?: unknown }).purposes;
    expect(await purposesOf('FAMRQT made-up PATRQT')).toEqual(['PATRQT', 'FAMRQT']);
    expect(await purposesOf('')).toEqual([]);
  });

  it('say who asks, for which app, with which scopes and patient', async () => {
    const token = await patientToken({
      sub: 'account',
      client: 'app',
      scope: 'openid  patient/Appointment.rs',
      patient: 'p1',
    });
    const req = asking(token);
    let isIn = false;
    await auth.require('patient')(req, {} as never, () => {
      isIn = true;
    });
    expect(isIn).toBe(true);
    expect(currentSubject(req)).toMatchObject({
      id: 'account',
      role: 'patient',
      person: { type: 'Patient', id: 'p1' },
      client: 'app',
      scopes: ['openid', 'patient/Appointment.rs'],
      patient: 'p1',
    });
    expect(currentSubject(req).purposes).toBeUndefined();
    expect(currentUser(req)).toMatchObject({ sub: 'p1', role: 'patient', jti: expect.any(String) });
    expect(() => currentSubject(asking())).toThrow(Unauthorized);
  });

  it('of an app say its client, and a person by an absolute address of this server', async () => {
    const app = await auth.verify(
      asking(await issuer.accessToken({ role: 'app', sub: 'lab', client: 'lab' })),
    );
    expect(app).toMatchObject({ id: 'lab', sub: 'lab', client: 'lab', scopes: ['system/*.cruds'] });
    expect(app).not.toHaveProperty('person');
    const fhirUser = `${audienceOf(issuer.publicUrl)}/Practitioner/d1`;
    const doctor = await issuer.accessToken({ role: 'practitioner', claims: { fhirUser } });
    expect(await answer(doctor)).toMatchObject({ person: { type: 'Practitioner', id: 'd1' } });
    const without = await patientToken({ claims: { scope: undefined } });
    expect(await answer(without)).toMatchObject({ scopes: [] });
  });

  it.each<[string, Parameters<TestIssuer['accessToken']>[0]]>([
    ['that have ended', { role: 'admin', expiresIn: '-10s' }],
    ['of another issuer', { role: 'admin', claims: { iss: 'https://elsewhere.example' } }],
    ['for another audience', { role: 'admin', claims: { aud: 'https://clinic.example' } }],
    ['for the audience of the former kind', { role: 'admin', claims: { aud: 'careplane' } }],
    ['without an audience', { role: 'admin', claims: { aud: undefined } }],
    ['that are ID tokens', { role: 'admin', typ: 'JWT' }],
    ['that are logout tokens', { role: 'admin', typ: 'logout+jwt' }],
    [
      'with another issuer and audience',
      { role: 'admin', claims: { iss: 'careplane-identity', aud: 'careplane' } },
    ],
    ['without a subject', { role: 'admin', claims: { sub: undefined } }],
    ['without a client', { role: 'admin', claims: { client_id: undefined } }],
    ['without an id', { role: 'admin', claims: { jti: undefined } }],
    ['without a role', { role: 'admin', claims: { role: undefined } }],
    ['of an unknown role', { role: 'admin', claims: { role: 'root' } }],
    ['of a patient without a person', { role: 'patient' }],
    ['of a practitioner without a person', { role: 'practitioner' }],
    ['of a patient that is a practitioner', { role: 'patient', person: { type: 'Practitioner', id: 'd1' } }],
    ['of staff that is a patient', { role: 'frontdesk', person: { type: 'Patient', id: 'p1' } }],
    ['of a person elsewhere', { role: 'patient', claims: { fhirUser: 'https://x.example/Patient/p1' } }],
    ['of something that is no person', { role: 'admin', claims: { fhirUser: 'Device/x' } }],
    ['with a patient that is no id', { role: 'admin', patient: '../p1' }],
    ['that are bound to a key without a thumbprint', { role: 'admin', claims: { cnf: {} } }],
  ])('are refused %s', async (_, token) => {
    expect(await answer(await issuer.accessToken(token))).toBe('Unauthorized');
  });

  it('are refused whose signature is none, an HMAC with the public key, of another key, or of a key by its name only', async () => {
    const good = await issuer.accessToken({ role: 'admin' });
    const [, payload = ''] = good.split('.');
    const jwk = issuer.jwks.keys[0] ?? {};
    const pem = await exportSPKI((await importJWK(jwk, 'ES256')) as never);
    const hmac = (secret: string | Buffer): string => {
      const head = base64url({ alg: 'HS256', typ: 'at+jwt', kid: jwk.kid });
      return `${head}.${payload}.${createHmac('sha256', secret).update(`${head}.${payload}`).digest('base64url')}`;
    };
    const stranger = await generateKeyPair('ES256');
    const forged = (header: object): Promise<string> =>
      new SignJWT(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object as never)
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', ...header })
        .sign(stranger.privateKey);
    const own = await exportJWK(stranger.publicKey);
    const tokens = [
      `${base64url({ alg: 'none', typ: 'at+jwt' })}.${payload}.`,
      `${base64url({ alg: 'None', typ: 'at+jwt', kid: jwk.kid })}.${payload}.`,
      hmac(pem),
      hmac(JSON.stringify(jwk)),
      hmac(''),
      await forged({ kid: jwk.kid }),
      await forged({ kid: '../../../../dev/null' }),
      await forged({ kid: "' OR 1=1 --" }),
      await forged({
        kid: 'https://elsewhere.example/jwks.json',
        jku: 'https://elsewhere.example/jwks.json',
      }),
      await forged({ jwk: own }),
      await forged({ kid: jwk.kid, crit: ['b64'], b64: true }),
      good.slice(0, -8) + 'AAAAAAAA',
      `${good}.x`,
      good.split('.').slice(0, 2).join('.'),
      'x',
      '..',
    ];
    for (const token of tokens) expect([token, await answer(token)]).toEqual([token, 'Unauthorized']);
    expect(await answer(good)).toMatchObject({ role: 'admin' });
  });

  it('that are bound to a key are let in only where the gateway has checked the proof', async () => {
    const token = await issuer.accessToken({ role: 'admin', claims: { cnf: { jkt: 'x' } } });
    expect(await answer(token)).toMatchObject({ jkt: 'x' });
    const keys = createLocalJWKSet({ keys: issuer.jwks.keys });
    const provider = { issuer: issuer.publicUrl, keys };
    const alone = createUserAuth({ provider: () => provider });
    await expect(alone.verify(asking(token))).rejects.toThrow(Unauthorized);
  });

  it('may be signed by EdDSA, and not by RSA', async () => {
    const verifier = async (alg: 'EdDSA' | 'RS256'): Promise<unknown> => {
      const pair =
        alg === 'EdDSA'
          ? generateKeyPairSync('ed25519')
          : generateKeyPairSync('rsa', { modulusLength: 2048 });
      const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k', alg };
      const provider = { issuer: 'https://c.example', keys: createLocalJWKSet({ keys: [jwk] }) };
      const token = await new SignJWT({ client_id: 'c', role: 'admin', jti: 'j', sub: 's' })
        .setProtectedHeader({ alg, kid: 'k', typ: 'at+jwt' })
        .setIssuer(provider.issuer)
        .setAudience(audienceOf(provider.issuer))
        .setIssuedAt()
        .setExpirationTime('1m')
        .sign(pair.privateKey);
      const users = createUserAuth({ provider: () => provider });
      return users.verify(asking(token)).catch((error: unknown) => (error as Error).name);
    };
    expect(await verifier('EdDSA')).toMatchObject({ id: 's' });
    expect(await verifier('RS256')).toBe('Unauthorized');
  });

  it('are unjudged (503) until it is known who issues them', async () => {
    const token = await issuer.accessToken({ role: 'admin' });
    const unknown = createUserAuth({
      provider: () => {
        throw new Error('not yet');
      },
    });
    await expect(unknown.verify(asking(token))).rejects.toThrow(Unavailable);
    await expect(unknown.verify(asking())).rejects.toThrow(Unauthorized);
  });

  describe('when they are refused', () => {
    const challengeOf = async (token: string | undefined, url: string): Promise<unknown> =>
      auth
        .verify(asking(token, url))
        .catch((error: unknown) => (error as Unauthorized).headers['www-authenticate']);
    const metadata =
      'resource_metadata="https://clinic.example/.well-known/oauth-protected-resource/fhir/R4"';

    it('the answer says that a token is needed, or that this one is no good, and at /fhir where to get one', async () => {
      expect(await challengeOf(undefined, '/api/patients')).toBe('Bearer realm="careplane"');
      expect(await challengeOf('x', '/api/patients')).toBe('Bearer realm="careplane", error="invalid_token"');
      expect(await challengeOf(undefined, '/fhir/R4/Patient')).toBe(`Bearer realm="careplane", ${metadata}`);
      expect(await challengeOf('x', '/fhir')).toBe(
        `Bearer realm="careplane", error="invalid_token", ${metadata}`,
      );
      expect(await challengeOf('x', '/fhirx')).toBe('Bearer realm="careplane", error="invalid_token"');
    });
  });
});
