import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey } from 'jose';
import * as oauth from 'openid-client';
import { addApp, startOidc } from '../../test/oidc.ts';
import type { OidcGround } from '../../test/oidc.ts';
import { discoverClinic } from '../../test/openid-client.ts';

jest.setTimeout(60_000);

describe('a backend app', () => {
  let clinic: OidcGround;
  beforeAll(async () => {
    clinic = await startOidc();
  }, 120_000);
  afterAll(() => clinic.stop());

  const backend = async (
    alg: string,
    over: Record<string, unknown> = {},
  ): Promise<{ clientId: string; privateKey: CryptoKey }> => {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', use: 'sig' }] };
    const { clientId } = await addApp(clinic, {
      type: 'backend',
      redirectUris: [],
      jwks,
      scopes: ['system/Appointment.rs', 'system/Organization.rs'],
      firstParty: false,
      ...over,
    });
    return { clientId, privateKey };
  };
  const assertion = async (
    { clientId, privateKey }: { clientId: string; privateKey: CryptoKey },
    over: { claims?: Record<string, unknown>; header?: Record<string, unknown>; alg?: string } = {},
  ): Promise<Record<string, string>> => {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: clientId,
      sub: clientId,
      aud: `${clinic.entrance.url}/oauth2/token`,
      jti: oauth.randomState(),
      exp: now + 240,
      ...over.claims,
    };
    const header = { alg: over.alg ?? 'ES384', kid: 'k1', typ: 'JWT', ...over.header };
    return {
      grant_type: 'client_credentials',
      scope: 'system/Appointment.rs',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await new SignJWT(claims).setProtectedHeader(header).sign(privateKey),
    };
  };

  it.each(['ES384', 'RS384', 'ES256', 'EdDSA'])(
    'proves itself by a key of %s (openid-client)',
    async (alg) => {
      const { clientId, privateKey } = await backend(alg);
      const config = await discoverClinic(clinic, {
        clientId,
        auth: oauth.PrivateKeyJwt({ key: privateKey, kid: 'k1' }),
      });
      const tokens = await oauth.clientCredentialsGrant(config, {
        scope: 'system/Appointment.rs system/*.cruds',
      });
      expect(tokens).toMatchObject({
        token_type: 'bearer',
        scope: 'system/Appointment.rs',
        expires_in: 300,
      });
      expect(decodeJwt(tokens.access_token)).toMatchObject({
        role: 'app',
        sub: clientId,
        client_id: clientId,
      });
    },
  );

  it('claims the purposes that it is registered for, and none without', async () => {
    const purposesOf = async (over: Record<string, unknown>): Promise<unknown> => {
      const { body } = await clinic.form('/oauth2/token', await assertion(await backend('ES384', over)));
      return decodeJwt(body['access_token'] as string)['purposes'];
    };
    expect(await purposesOf({ purposes: ['HRESCH', 'PUBHLTH'] })).toBe('HRESCH PUBHLTH');
    expect(await purposesOf({})).toBeUndefined();
  });

  it('calls the API within its scopes, and no further (openid-client)', async () => {
    const { clientId, privateKey } = await backend('ES384');
    const auth = oauth.PrivateKeyJwt({ key: privateKey, kid: 'k1' });
    const config = await discoverClinic(clinic, { clientId, auth });
    const { access_token: token } = await oauth.clientCredentialsGrant(config, {
      scope: 'system/Organization.rs',
    });
    const call = async (path: string, method: string): Promise<[number, unknown]> => {
      const url = new URL(`${clinic.entrance.url}/fhir/R4/${path}`);
      const isWrite = method === 'POST';
      const body = isWrite ? JSON.stringify({ resourceType: path, name: 'A clinic' }) : undefined;
      const headers = isWrite ? new Headers({ 'content-type': 'application/fhir+json' }) : undefined;
      const answer = await oauth.fetchProtectedResource(config, token, url, method, body, headers);
      return [answer.status, ((await answer.json()) as { resourceType: unknown }).resourceType];
    };
    expect(await call('Organization', 'GET')).toEqual([200, 'Bundle']);
    const refused = { status: 403, cause: [{ parameters: { error: 'insufficient_scope' } }] };
    expect(await call('Organization', 'POST')).toEqual([403, 'OperationOutcome']);
    await expect(call('Patient', 'GET')).rejects.toMatchObject(refused);
  });

  it('gets a token once for an assertion, also when two come at the same moment', async () => {
    const fields = await assertion(await backend('ES384'));
    const answers = await Promise.all([1, 2, 3].map(() => clinic.form('/oauth2/token', fields)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
    expect(answers.find(({ status }) => status === 401)?.body).toMatchObject({ error: 'invalid_client' });
  });

  it.each([
    ['lives longer than five minutes', { claims: { exp: Math.floor(Date.now() / 1000) + 3_600 } }],
    ['is over', { claims: { exp: Math.floor(Date.now() / 1000) - 60 } }],
    ['is for another server', { claims: { aud: 'https://other.example/token' } }],
    ['is of another issuer', { claims: { iss: 'somebody' } }],
    ['is of nobody', { claims: { sub: 'nobody', iss: 'nobody' } }],
    ['has no jti', { claims: { jti: undefined } }],
    ['names keys elsewhere (jku)', { header: { jku: 'https://evil.example/jwks' } }],
    ['has an unknown kid', { header: { kid: '../../etc/passwd' } }],
  ])('is refused when its assertion %s', async (_what, over) => {
    const answer = await clinic.form('/oauth2/token', await assertion(await backend('ES384'), over));
    expect([answer.status, answer.body['error']]).toEqual([401, 'invalid_client']);
  });

  it('is refused a signature of another key, alg none, and HMAC with its public key', async () => {
    const { clientId } = await backend('ES384');
    const other = await generateKeyPair('ES384');
    const forged = await assertion({ clientId, privateKey: other.privateKey });
    const [header = '', payload = ''] = (forged['client_assertion'] ?? '').split('.');
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    const hmac = Buffer.from(JSON.stringify({ alg: 'HS256', kid: 'k1' })).toString('base64url');
    for (const token of [
      forged['client_assertion'] ?? '',
      `${none}.${payload}.`,
      `${hmac}.${payload}.${header}`,
    ]) {
      const answer = await clinic.form('/oauth2/token', { ...forged, client_assertion: token });
      expect(answer.status).toBe(401);
    }
  });

  it('gets no scope that it may not have, and no scope for people', async () => {
    const app = await backend('ES384');
    for (const scope of ['system/Patient.rs', 'patient/Appointment.rs', 'openid']) {
      const fields = { ...(await assertion(app)), scope };
      expect(await clinic.form('/oauth2/token', fields)).toMatchObject({
        status: 400,
        body: { error: 'invalid_scope' },
      });
    }
  });
});
