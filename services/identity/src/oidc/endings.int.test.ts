import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { until } from '@careplane/testing';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Browser } from '../../test/browser.ts';
import { ADMIN_CLIENT_SECRET } from '../../test/clinic.ts';
import { addAccount, addApp, logInToApp, PASSWORD, startOidc } from '../../test/oidc.ts';
import type { OidcGround, TestAccount } from '../../test/oidc.ts';

jest.setTimeout(90_000);

const ONLINE = { scope: 'openid online_access user/*.rs' };

describe('an access token that exists', () => {
  let clinic: OidcGround;
  let clientId: string;
  beforeAll(async () => {
    clinic = await startOidc();
    clientId = (await addApp(clinic)).clientId;
  }, 120_000);
  afterAll(() => clinic.stop());

  interface LoggedIn {
    readonly account: TestAccount;
    readonly browser: Browser;
    readonly token: string;
    readonly refresh: string;
  }

  const at = (path: string): string => `${clinic.entrance.url}${path}`;
  const logIn = async (
    app = clientId,
    { params = ONLINE, account }: { params?: { scope: string }; account?: TestAccount } = {},
  ): Promise<LoggedIn> => {
    const who = account ?? (await addAccount(clinic));
    const { browser, tokens } = await logInToApp(clinic, app, who, params);
    const token = tokens['access_token'] as string;
    return { account: who, browser, token, refresh: tokens['refresh_token'] as string };
  };
  const status = async (token: string): Promise<number> =>
    (await clinic.call('GET /fhir/R4/Organization', { token })).status;
  const refreshBy = async (refresh: string): Promise<Record<string, unknown>> => {
    const fields = { grant_type: 'refresh_token', client_id: clientId, refresh_token: refresh };
    return (await clinic.form('/oauth2/token', fields)).body;
  };
  const admin = async (line: string, body?: unknown): Promise<void> => {
    await clinic.call(line, { token: await clinic.adminToken(), ...(body === undefined ? {} : { body }) });
  };
  const submitAt = async ({ browser }: LoggedIn, path: string, values: object): Promise<void> => {
    await browser.submit(await browser.get(at(path)), { current: PASSWORD, ...values });
  };

  /** What ends all tokens of an account, or those of one log-in. */
  const ENDS: [string, (who: LoggedIn) => Promise<unknown>][] = [
    [
      'the account is disabled',
      ({ account }) => admin(`PATCH /admin/accounts/${account.id}`, { status: 'disabled' }),
    ],
    ['the account is deleted', ({ account }) => admin(`DELETE /admin/accounts/${account.id}`)],
    [
      'the second factor is reset',
      ({ account }) => admin(`DELETE /admin/accounts/${account.id}/second-factor`),
    ],
    [
      'the password changes',
      (who) => submitAt(who, '/account/password', { password: 'the second quiet otter' }),
    ],
    ['its session is ended', (who) => submitAt(who, '/account/sessions', {})],
    [
      'its refresh token is revoked',
      ({ refresh }) => clinic.form('/oauth2/revoke', { client_id: clientId, token: refresh }),
    ],
    ['it is revoked', ({ token }) => clinic.form('/oauth2/revoke', { client_id: clientId, token })],
    [
      'its refresh token comes twice',
      async ({ refresh }) => {
        await refreshBy(refresh);
        expect(await refreshBy(refresh)).toMatchObject({ error: 'invalid_grant' });
      },
    ],
  ];

  it.each(ENDS)('is refused at the next request when %s', async (_what, end) => {
    const [who, other] = [await logIn(), await logIn()];
    expect(await status(who.token)).toBe(200);
    await end(who);
    // within the age of facts, which were asked for a moment ago
    await until(async () => (await status(who.token)) === 401, { what: 'the token to be refused' });
    const { headers } = await clinic.call('GET /fhir/R4/Organization', { token: who.token });
    expect(headers.get('www-authenticate')).toContain('invalid_token');
    const fields = { client_id: clientId, token: who.token };
    expect((await clinic.form('/oauth2/introspect', fields)).body).toEqual({ active: false });
    expect(await status(other.token)).toBe(200);
  });

  it('is good again for who logs in anew at once', async () => {
    const first = await logIn();
    await submitAt(first, '/account/sessions', { session: 'all' });
    const again = await logIn(clientId, { account: first.account });
    expect([await status(first.token), await status(again.token)]).toEqual([401, 200]);
  });

  it('of offline access outlives the session, as its refresh token does', async () => {
    const who = await logIn(clientId, { params: { scope: 'openid offline_access user/*.rs' } });
    await submitAt(who, '/account/sessions', {});
    const { access_token: next } = await refreshBy(who.refresh);
    expect([await status(who.token), await status(next as string)]).toEqual([200, 200]);
  });

  it('is refused when its app is removed, a person’s and the app’s own', async () => {
    const web = await addApp(clinic);
    const who = await logIn(web.clientId);
    const { publicKey, privateKey } = await generateKeyPair('ES384');
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES384', use: 'sig' };
    const keys = { redirectUris: [], firstParty: false, scopes: ['system/*.rs'], jwks: { keys: [jwk] } };
    const lab = await addApp(clinic, { type: 'backend', ...keys });
    const assertion = await new SignJWT({ iss: lab.clientId, sub: lab.clientId, jti: randomUUID() })
      .setProtectedHeader({ alg: 'ES384', kid: 'k', typ: 'JWT' })
      .setAudience(at('/oauth2/token'))
      .setExpirationTime('4m')
      .sign(privateKey);
    const { body } = await clinic.form('/oauth2/token', {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    });
    const own = body['access_token'] as string;
    expect([await status(who.token), await status(own)]).toEqual([200, 200]);
    await admin(`DELETE /admin/apps/${web.clientId}`);
    await admin(`DELETE /admin/apps/${lab.clientId}`);
    await until(async () => (await status(who.token)) + (await status(own)) === 802, {
      what: 'the tokens to be refused',
    });
  });

  it('does not come back with another app of the same id, nor does its refresh token', async () => {
    const app = { clientId: 'comes-again' };
    await addApp(clinic, app);
    const who = await logIn(app.clientId, { params: { scope: 'openid offline_access user/*.rs' } });
    await admin(`DELETE /admin/apps/${app.clientId}`);
    await addApp(clinic, app);
    const fields = { grant_type: 'refresh_token', client_id: app.clientId, refresh_token: who.refresh };
    expect((await clinic.form('/oauth2/token', fields)).body).toMatchObject({ error: 'invalid_grant' });
    await until(async () => (await status(who.token)) === 401, { what: 'the token to be refused' });
    expect(await status((await logIn(app.clientId)).token)).toBe(200);
  });

  it('of an administrator ends for the administration, too', async () => {
    const token = await clinic.adminToken();
    expect((await clinic.call('GET /admin/apps', { token })).status).toBe(200);
    const basic = Buffer.from(`careplane-admin:${ADMIN_CLIENT_SECRET}`).toString('base64');
    await clinic.form('/oauth2/revoke', { token }, { authorization: `Basic ${basic}` });
    expect((await clinic.call('GET /admin/apps', { token })).status).toBe(401);
    expect((await clinic.call('GET /admin/apps', { token: await clinic.adminToken() })).status).toBe(200);
  });
});
