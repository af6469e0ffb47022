import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import * as oauth from 'openid-client';
import { Browser } from '../../test/browser.ts';
import {
  addAccount,
  addApp,
  addPatient,
  authorizationRequest,
  CALLBACK,
  logInToApp,
  PASSWORD,
  startOidc,
} from '../../test/oidc.ts';
import type { OidcGround } from '../../test/oidc.ts';
import { discoverClinic } from '../../test/openid-client.ts';

jest.setTimeout(60_000);

describe('apps with the libraries of others', () => {
  let clinic: OidcGround;
  beforeAll(async () => {
    clinic = await startOidc();
  }, 120_000);
  afterAll(() => clinic.stop());

  const discover = (
    clientId: string,
    auth?: oauth.ClientAuth,
    metadata?: object,
  ): Promise<oauth.Configuration> => discoverClinic(clinic, { clientId, auth, metadata });

  interface LogIn {
    readonly url: URL;
    readonly verifier: string;
    readonly state: string;
    readonly nonce: string;
  }
  const begin = async (
    config: oauth.Configuration,
    build = (params: Record<string, string>): URL | Promise<URL> =>
      oauth.buildAuthorizationUrl(config, params),
  ): Promise<LogIn> => {
    const verifier = oauth.randomPKCECodeVerifier();
    const [state, nonce] = [oauth.randomState(), oauth.randomNonce()];
    const params = {
      redirect_uri: CALLBACK,
      scope: 'openid fhirUser launch/patient offline_access patient/*.rs',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    };
    return { url: await build(params), verifier, state, nonce };
  };
  const logIn = async (begun: LogIn, browser = new Browser(clinic.entrance)): Promise<URL> => {
    const { email } = await addAccount(clinic, { person: await addPatient(clinic) });
    const { left } = await browser.submit(await browser.get(begun.url.href), {
      username: email,
      password: PASSWORD,
    });
    if (!left) throw new Error('the browser has not left');
    return left;
  };
  const grant = (
    config: oauth.Configuration,
    left: URL,
    begun: LogIn,
    options?: oauth.DPoPOptions,
  ): Promise<oauth.TokenEndpointResponse & oauth.TokenEndpointResponseHelpers> =>
    oauth.authorizationCodeGrant(
      config,
      left,
      {
        pkceCodeVerifier: begun.verifier,
        expectedState: begun.state,
        expectedNonce: begun.nonce,
        idTokenExpected: true,
      },
      undefined,
      options,
    );

  it('openid-client logs in by code and PKCE, refreshes, asks who it is, revokes and logs out', async () => {
    const { clientId } = await addApp(clinic, { postLogoutRedirectUris: ['https://app.example/bye'] });
    const config = await discover(clientId);
    const begun = await begin(config);
    const browser = new Browser(clinic.entrance);
    const tokens = await grant(config, await logIn(begun, browser), begun);
    const sub = tokens.claims()?.sub ?? '';
    expect(await oauth.fetchUserInfo(config, tokens.access_token, sub)).toMatchObject({ sub });
    const id = tokens['patient'] as string;
    const read = async (accessToken: string): Promise<[number, unknown]> => {
      const url = new URL(`${clinic.entrance.url}/fhir/R4/Patient/${id}`);
      const answer = await oauth.fetchProtectedResource(config, accessToken, url, 'GET');
      return [answer.status, ((await answer.json()) as { id: unknown }).id];
    };
    expect(await read(tokens.access_token)).toEqual([200, id]);
    const again = await oauth.refreshTokenGrant(config, tokens.refresh_token ?? '');
    expect(again.access_token).not.toBe(tokens.access_token);
    expect(await read(again.access_token)).toEqual([200, id]);
    await oauth.tokenRevocation(config, again.access_token);
    await oauth.tokenRevocation(config, again.refresh_token ?? '');
    await expect(oauth.refreshTokenGrant(config, again.refresh_token ?? '')).rejects.toThrow();
    const out = oauth.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token ?? '',
      post_logout_redirect_uri: 'https://app.example/bye',
    });
    const asked = await browser.get(out.href);
    expect(asked.text).toContain('Do you want to log out');
    const gone = await browser.submit(asked, { logout: 'yes' });
    expect(gone.left?.href).toBe('https://app.example/bye');
    expect((await browser.get(`${clinic.entrance.url}/account`)).text).toContain('name="username"');
  });

  it('log-out ends the tokens that go with the log-in, and keeps those of offline_access', async () => {
    const { clientId } = await addApp(clinic);
    const config = await discover(clientId);
    const tokensOf = async (scope: string): Promise<{ refresh: string; browser: Browser; hint: string }> => {
      const begun = await begin(config, (params) =>
        oauth.buildAuthorizationUrl(config, { ...params, scope }),
      );
      const browser = new Browser(clinic.entrance);
      const { refresh_token: refresh = '', id_token: hint = '' } = await grant(
        config,
        await logIn(begun, browser),
        begun,
      );
      return { refresh, browser, hint };
    };
    const online = await tokensOf('openid online_access patient/*.rs');
    const offline = await tokensOf('openid offline_access patient/*.rs');
    for (const { browser, hint } of [online, offline]) {
      const url = oauth.buildEndSessionUrl(config, { id_token_hint: hint });
      await browser.submit(await browser.get(url.href), { logout: 'yes' });
    }
    await expect(oauth.refreshTokenGrant(config, online.refresh)).rejects.toThrow();
    expect((await oauth.refreshTokenGrant(config, offline.refresh)).access_token).toEqual(expect.any(String));
  });

  it('openid-client pushes its request, and binds its tokens to a key (DPoP)', async () => {
    const { clientId } = await addApp(clinic);
    const config = await discover(clientId);
    const handle = oauth.getDPoPHandle(config, await oauth.randomDPoPKeyPair('ES256'));
    const begun = await begin(config, (params) =>
      oauth.buildAuthorizationUrlWithPAR(config, params, { DPoP: handle }),
    );
    expect(begun.url.searchParams.get('request_uri')).toMatch(/^urn:ietf:params:oauth:request_uri:/);
    const tokens = await grant(config, await logIn(begun), begun, { DPoP: handle });
    expect(tokens.token_type).toBe('dpop');
    expect(decodeJwt(tokens.access_token)['cnf']).toEqual({ jkt: expect.any(String) });
    // without the key neither the refresh token nor the request can be used again
    await expect(oauth.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toThrow();
    const used = await new Browser(clinic.entrance).get(begun.url.href);
    expect(used.left?.searchParams.get('code') ?? null).toBeNull();
  });

  it.each(['ES256', 'EdDSA', 'RS256'])(
    'signs ID tokens by %s for an app that wants it',
    async (signingAlgorithm) => {
      const { clientId } = await addApp(clinic, { signingAlgorithm });
      const config = await discover(clientId, undefined, { id_token_signed_response_alg: signingAlgorithm });
      oauth.enableNonRepudiationChecks(config);
      const begun = await begin(config);
      const tokens = await grant(config, await logIn(begun), begun);
      expect(decodeProtectedHeader(tokens.id_token ?? '').alg).toBe(signingAlgorithm);
      const expected = signingAlgorithm === 'RS256' ? 'ES256' : signingAlgorithm;
      expect(decodeProtectedHeader(tokens.access_token).alg).toBe(expected);
    },
  );

  it('fhirclient logs in, knows patient and user, calls and refreshes', async () => {
    const ca = join(mkdtempSync(join(tmpdir(), 'careplane-ca-')), 'ca.crt');
    writeFileSync(ca, clinic.entrance.ca);
    const { clientId } = await addApp(clinic, { redirectUris: ['http://127.0.0.1/callback'] });
    const program = join(import.meta.dirname, '../../test/fhirclient-app.ts');
    const env = {
      ...process.env,
      NODE_EXTRA_CA_CERTS: ca,
      ISSUER: clinic.entrance.url,
      CLIENT_ID: clientId,
      NODE_OPTIONS: '',
    };
    const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [data] = (await once(child.stdout, 'data')) as [Buffer];
      const app = `http://127.0.0.1:${data.toString().trim()}`;
      const launched = await fetch(`${app}/launch`, { redirect: 'manual' });
      const account = await addAccount(clinic, { person: await addPatient(clinic) });
      const browser = new Browser(clinic.entrance);
      const form = await browser.get(launched.headers.get('location') ?? '');
      const { left } = await browser.submit(form, { username: account.email, password: account.password });
      const answer = await fetch(left?.href ?? '');
      const text = await answer.text();
      expect([answer.status, text.startsWith('{') ? JSON.parse(text) : text]).toEqual([
        200,
        {
          patient: account.person.split('/')[1],
          fhirUser: account.person,
          read: { resourceType: 'Patient', id: account.person.split('/')[1] },
          user: { sub: account.id, fhirUser: `${clinic.entrance.url}/fhir/R4/${account.person}` },
          refreshed: true,
        },
      ]);
    } finally {
      child.kill();
    }
  });

  it('tells a confidential app of the clinic about every token, and a public app of its own only', async () => {
    const secret = await addApp(clinic, { type: 'confidential' });
    const own = await addApp(clinic);
    const config = await discover(own.clientId);
    const begun = await begin(config);
    const tokens = await grant(config, await logIn(begun), begun);
    const service = await discover(secret.clientId, oauth.ClientSecretBasic(secret.clientSecret ?? ''));
    const told = await oauth.tokenIntrospection(service, tokens.access_token);
    expect(told).toMatchObject({
      active: true,
      client_id: own.clientId,
      scope: tokens.scope,
      sub: tokens.claims()?.sub,
      iss: clinic.entrance.url,
      patient: tokens['patient'],
      exp: expect.any(Number),
    });
    const stranger = await discover((await addApp(clinic)).clientId);
    expect(await oauth.tokenIntrospection(stranger, tokens.access_token)).toEqual({ active: false });
    const bearer = await clinic.form(
      '/oauth2/introspect',
      { token: tokens.access_token },
      { authorization: `Bearer ${await clinic.adminToken()}` },
    );
    expect(bearer.body).toMatchObject({ active: true, client_id: own.clientId });
    const weak = await clinic.form(
      '/oauth2/introspect',
      { token: tokens.access_token },
      { authorization: `Bearer ${tokens.access_token}` },
    );
    expect(weak.status).toBe(403);
    await oauth.tokenRevocation(config, tokens.access_token);
    expect(await oauth.tokenIntrospection(service, tokens.access_token)).toEqual({ active: false });
    expect(await oauth.tokenIntrospection(service, 'nonsense')).toEqual({ active: false });
  });

  it('takes no answer that it has not asked for: nobody consents or chooses before the log-in that is wanted', async () => {
    const { clientId } = await addApp(clinic);
    const { browser } = await logInToApp(clinic, clientId, await addAccount(clinic));
    const app = await addApp(clinic, { firstParty: false });
    const view = await browser.get(authorizationRequest(clinic, app.clientId, { prompt: 'login' }).url);
    const csrf = view.forms[0]?.fields.find(([name]) => name === 'csrf')?.[1] ?? '';
    const grants = async (): Promise<number> =>
      (await clinic.ground.dump(['oidc_artifacts'])).split('"model":"Grant"').length;
    const before = await grants();
    for (const [step, fields] of [
      ['consent', { scope: 'patient/*.rs' }],
      ['patient', { patient: 'p' }],
    ] as const) {
      const answer = await browser.post(`${view.url}/${step}`, new URLSearchParams({ csrf, ...fields }));
      expect([step, answer.url, answer.text.includes('name="username"')]).toEqual([step, view.url, true]);
    }
    expect(await grants()).toBe(before);
  });
});
