import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import { customFetch } from 'jose';
import { Browser } from '../../test/browser.ts';
import {
  addAccount,
  addApp,
  authorizationRequest,
  CALLBACK,
  exchange,
  logInBy,
  logInToApp,
  startOidc,
} from '../../test/oidc.ts';
import type { OidcGround } from '../../test/oidc.ts';

jest.setTimeout(60_000);

describe('the code flow on real engines', () => {
  let clinic: OidcGround;
  beforeAll(async () => {
    clinic = await startOidc();
  }, 120_000);
  afterAll(() => clinic.stop());

  it('logs a patient in to an app of the clinic and answers tokens of SMART', async () => {
    const { clientId } = await addApp(clinic);
    const account = await addAccount(clinic);
    const { tokens } = await logInToApp(clinic, clientId, account);
    expect(tokens).toMatchObject({
      token_type: 'Bearer',
      scope: 'openid fhirUser launch/patient offline_access patient/*.rs',
      patient: account.person.split('/')[1],
      expires_in: 900,
    });
    const token = tokens['access_token'] as string;
    const { url } = clinic.entrance;
    const keys = createRemoteJWKSet(new URL(`${url}/oauth2/jwks`), {
      [customFetch]: (target: string, init: object) => clinic.entrance.fetch(target, init) as never,
    });
    const { payload } = await jwtVerify(token, keys, {
      issuer: url,
      audience: `${url}/fhir/R4`,
      typ: 'at+jwt',
    });
    expect(payload).toMatchObject({
      sub: account.id,
      client_id: clientId,
      role: 'patient',
      fhirUser: account.person,
      patient: account.person.split('/')[1],
    });
    expect(payload.jti).toEqual(expect.any(String));
    expect(decodeProtectedHeader(token).alg).toBe('ES256');
    expect(decodeJwt(tokens['id_token'] as string)).toMatchObject({
      sub: account.id,
      aud: clientId,
      fhirUser: `${url}/fhir/R4/${account.person}`,
    });
  });

  it('rotates a refresh token, and ends the family when one is used twice', async () => {
    const { clientId } = await addApp(clinic);
    const { tokens } = await logInToApp(clinic, clientId, await addAccount(clinic));
    const refresh = (token: unknown): ReturnType<OidcGround['form']> =>
      clinic.form('/oauth2/token', {
        grant_type: 'refresh_token',
        client_id: clientId,
        refresh_token: String(token),
      });
    const second = await refresh(tokens['refresh_token']);
    expect(second.status).toBe(200);
    expect(second.body).toMatchObject({ patient: tokens['patient'], scope: tokens['scope'] });
    expect(second.body['refresh_token']).not.toBe(tokens['refresh_token']);
    expect(await refresh(tokens['refresh_token'])).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    expect(await refresh(second.body['refresh_token'])).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });

  it('gives of 8 refreshes at once with one token at most one an answer, and then none', async () => {
    const { clientId } = await addApp(clinic);
    const { tokens } = await logInToApp(clinic, clientId, await addAccount(clinic));
    const fields = {
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: tokens['refresh_token'] as string,
    };
    const answers = await Promise.all(Array.from({ length: 8 }, () => clinic.form('/oauth2/token', fields)));
    const good = answers.filter(({ status }) => status === 200);
    expect(good.length).toBeLessThanOrEqual(1);
    for (const { body } of good) {
      const again = { ...fields, refresh_token: body['refresh_token'] as string };
      expect((await clinic.form('/oauth2/token', again)).status).toBe(400);
    }
  });

  it.each([
    ['no challenge', { code_challenge: undefined, code_challenge_method: undefined }],
    ['the method plain', { code_challenge_method: 'plain' }],
    ['no method', { code_challenge_method: undefined }],
  ])('refuses a request with %s', async (_what, params) => {
    const { clientId } = await addApp(clinic);
    const view = await new Browser(clinic.entrance).get(authorizationRequest(clinic, clientId, params).url);
    expect(view.left?.searchParams.get('error')).toBe('invalid_request');
    expect(view.left?.searchParams.get('code')).toBeNull();
  });

  it('refuses a wrong and a missing verifier', async () => {
    const { clientId } = await addApp(clinic);
    const account = await addAccount(clinic);
    for (const code_verifier of ['x'.repeat(43), '']) {
      const request = authorizationRequest(clinic, clientId);
      const { left } = await logInBy(new Browser(clinic.entrance), request, account);
      const answer = await exchange(clinic, request, left, { code_verifier });
      expect(answer).toMatchObject({ status: 400 });
      expect(answer.body['access_token']).toBeUndefined();
    }
  });

  it('ends a code that is used twice, with the tokens it gave', async () => {
    const { clientId } = await addApp(clinic);
    const request = authorizationRequest(clinic, clientId);
    const { left } = await logInBy(new Browser(clinic.entrance), request, await addAccount(clinic));
    const first = await exchange(clinic, request, left);
    expect(first.status).toBe(200);
    expect(await exchange(clinic, request, left)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    const fields = {
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: first.body['refresh_token'] as string,
    };
    expect((await clinic.form('/oauth2/token', fields)).status).toBe(400);
  });

  it('shows an error and redirects nowhere when the redirect address is not exactly one of the app', async () => {
    const { clientId } = await addApp(clinic);
    for (const uri of [
      `${CALLBACK}/`,
      `${CALLBACK}?x=1`,
      'https://app.example.evil/callback',
      'https://APP.example/callback',
    ]) {
      const view = await new Browser(clinic.entrance).get(
        authorizationRequest(clinic, clientId, { redirect_uri: uri }).url,
      );
      expect([view.status, view.left]).toEqual([400, undefined]);
      expect(view.text).toContain('invalid_redirect_uri');
    }
  });

  it('gives a new session to who logs in: one that was known before is of no use', async () => {
    const { clientId } = await addApp(clinic);
    const browser = new Browser(clinic.entrance);
    // A session that somebody else knows, planted in this browser before its owner logs in.
    const account = await addAccount(clinic);
    const planted = await logInToApp(clinic, clientId, account);
    for (const [name, cookie] of planted.browser.cookies) browser.cookies.set(name, cookie);
    const before = browser.cookies.get('__Host-session')?.value;
    expect(before).toBeDefined();
    const again = authorizationRequest(clinic, clientId, { prompt: 'login' });
    const { left } = await logInBy(browser, again, account);
    expect(left?.searchParams.get('code')).toBeTruthy();
    expect(browser.cookies.get('__Host-session')?.value).not.toBe(before);
    const at = `${clinic.entrance.url}/account`;
    expect((await browser.get(at)).text).toContain('You are logged in');
    expect((await planted.browser.get(at)).text).toContain('name="username"');
  });

  it('answers tokens that nobody caches, and refuses them once they are over or for another server', async () => {
    const { clientId } = await addApp(clinic);
    const request = authorizationRequest(clinic, clientId);
    const { left } = await logInBy(new Browser(clinic.entrance), request, await addAccount(clinic));
    const answer = await exchange(clinic, request, left);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('pragma')).toBe('no-cache');
    const token = answer.body['access_token'] as string;
    expect(token).toMatch(/^[\w.~+/-]+=*$/);
    expect((await clinic.call('GET /oauth2/userinfo', { token })).status).toBe(200);
    const signer = await clinic.ground.signer();
    const forge = (claims: Record<string, unknown>): Promise<string> =>
      new SignJWT({ ...decodeJwt(token), ...claims })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: signer.kid })
        .sign(signer.privateKey);
    for (const claims of [{}, { cnf: { jkt: 'proved-at-the-gateway' } }])
      expect((await clinic.call('GET /oauth2/userinfo', { token: await forge(claims) })).status).toBe(200);
    for (const claims of [
      { exp: Math.floor(Date.now() / 1000) - 60 },
      { aud: 'https://other.example/fhir/R4' },
      { iss: 'https://other.example' },
    ])
      expect((await clinic.call('GET /oauth2/userinfo', { token: await forge(claims) })).status).toBe(401);
  });

  it('says in tokens for what the app may use data: what is registered, and all for the clinic’s own', async () => {
    const account = await addAccount(clinic);
    const purposesOf = async (app: Record<string, unknown>): Promise<unknown> => {
      const { clientId } = await addApp(clinic, app);
      const { tokens } = await logInToApp(clinic, clientId, account);
      const refreshed = await clinic.form('/oauth2/token', {
        grant_type: 'refresh_token',
        client_id: clientId,
        refresh_token: tokens['refresh_token'] as string,
      });
      const [first, again] = [tokens['access_token'], refreshed.body['access_token']].map(
        (token) => decodeJwt(token as string)['purposes'],
      );
      expect(again).toEqual(first);
      return first;
    };
    expect(await purposesOf({ purposes: ['PATRQT'] })).toBe('PATRQT');
    expect(String(await purposesOf({})).split(' ')).toEqual(
      expect.arrayContaining(['TREAT', 'FAMRQT', 'BTG']),
    );
  });

  it('keeps a refresh token to its app and to its scopes', async () => {
    const [mine, other] = [await addApp(clinic), await addApp(clinic)];
    const { tokens } = await logInToApp(clinic, mine.clientId, await addAccount(clinic));
    const refresh = (over: Record<string, string>): ReturnType<OidcGround['form']> =>
      clinic.form('/oauth2/token', {
        grant_type: 'refresh_token',
        client_id: mine.clientId,
        refresh_token: tokens['refresh_token'] as string,
        ...over,
      });
    expect((await refresh({ client_id: other.clientId })).body).toMatchObject({ error: 'invalid_grant' });
    expect((await refresh({ scope: 'openid patient/*.cruds' })).body).toMatchObject({
      error: 'invalid_scope',
    });
    expect((await refresh({ scope: 'openid patient/*.rs' })).body).toMatchObject({
      scope: 'openid patient/*.rs',
    });
  });

  it('takes a public app’s refresh token also without the client id, as fhirclient sends it', async () => {
    const { clientId } = await addApp(clinic);
    const { tokens } = await logInToApp(clinic, clientId, await addAccount(clinic));
    const fields = { grant_type: 'refresh_token', refresh_token: tokens['refresh_token'] as string };
    expect((await clinic.form('/oauth2/token', fields)).status).toBe(200);
    expect((await clinic.form('/oauth2/token', { ...fields, refresh_token: 'made up' })).status).toBe(400);
  });

  it('speaks no TLS before 1.2 at the entrance', async () => {
    const { port } = new URL(clinic.entrance.url);
    const socket = connect({
      port: Number(port),
      host: '127.0.0.1',
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
      ca: clinic.entrance.ca,
    });
    const [error] = (await once(socket, 'error')) as [Error];
    expect(Error.isError(error)).toBe(true);
  });

  it('answers a client by its secret with a token of role admin', async () => {
    const token = await clinic.adminToken();
    expect(decodeJwt(token)).toMatchObject({
      role: 'admin',
      client_id: 'careplane-admin',
      scope: 'system/*.cruds careplane/admin',
    });
    expect((await clinic.call('GET /admin/apps', { token })).status).toBe(200);
    expect((await clinic.call('GET /admin/apps')).status).toBe(401);
    const signer = await clinic.ground.signer();
    for (const scope of ['system/*.cruds', 'openid user/*.cruds']) {
      const without = await new SignJWT({ ...decodeJwt(token), scope })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: signer.kid })
        .sign(signer.privateKey);
      expect((await clinic.call('GET /admin/apps', { token: without })).status).toBe(403);
      const bearer = { authorization: `Bearer ${without}` };
      expect((await clinic.form('/oauth2/introspect', { token }, bearer)).status).toBe(403);
    }
    const bound = await new SignJWT({ ...decodeJwt(token), cnf: { jkt: 'x' } })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: signer.kid })
      .sign(signer.privateKey);
    const bearer = { authorization: `Bearer ${bound}` };
    expect((await clinic.form('/oauth2/introspect', { token }, bearer)).status).toBe(401);
  });
});
