import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Browser } from '../../test/browser.ts';
import {
  addAccount,
  addApp,
  authorizationRequest,
  CALLBACK,
  exchange,
  logInBy,
  logInToApp,
  PASSWORD,
  startOidc,
} from '../../test/oidc.ts';
import type { OidcGround } from '../../test/oidc.ts';

jest.setTimeout(60_000);

/** What a person enters: the form lacks nothing but its right to be sent. */
const VALID: Readonly<Record<string, string>> = {
  given: 'Waltraud',
  family: 'Quellenbusch',
  birthDate: '1961-04-12',
  gender: 'female',
  email: 'waltraud@mail.example',
  username: 'waltraud@mail.example',
  password: 'the second quiet otter',
  current: PASSWORD,
};

describe('attacks on pages and protocol', () => {
  let clinic: OidcGround;
  let clientId: string;
  beforeAll(async () => {
    clinic = await startOidc();
    clientId = (await addApp(clinic)).clientId;
  }, 120_000);
  afterAll(() => clinic.stop());
  const at = (path: string): string => `${clinic.entrance.url}${path}`;

  it('refuses each form without its token, with that of another browser, and from another origin', async () => {
    const account = await addAccount(clinic);
    const { browser } = await logInToApp(clinic, clientId, account);
    const paths = [
      '/account/register',
      '/account/reset',
      '/account/password',
      '/account/address',
      '/account/sessions',
      '/account/second-factor',
      '/account/delete',
    ];
    const views = [];
    for (const path of paths) views.push({ owner: browser, view: await browser.get(at(path)) });
    const fresh = new Browser(clinic.entrance);
    views.push({ owner: fresh, view: await fresh.get(authorizationRequest(clinic, clientId).url) });
    const other = await logInToApp(clinic, clientId, await addAccount(clinic));
    let forms = 0;
    for (const { owner, view } of views) {
      for (const form of view.forms) {
        forms += 1;
        const fields = new URLSearchParams(form.fields.map(([name, value]) => [name, VALID[name] ?? value]));
        const url = new URL(form.action, view.url).href;
        const without = new URLSearchParams(fields);
        without.delete('csrf');
        expect((await owner.post(url, without)).status).toBe(403);
        expect((await owner.post(url, fields, { origin: 'https://evil.example' })).status).toBe(403);
        expect((await owner.post(url, fields, { origin: 'null' })).status).toBe(403);
        if (owner === browser) expect((await other.browser.post(url, fields)).status).toBe(403);
      }
    }
    expect(forms).toBeGreaterThanOrEqual(10);
    expect((await browser.get(at('/account'))).text).toContain('You are logged in');
  });

  it('takes no form that is longer than a form is', async () => {
    const long = 'x'.repeat(20_000);
    for (const [path, fields] of [
      ['/account/register', { given: long }],
      ['/oauth2/token', { grant_type: 'refresh_token', refresh_token: long }],
    ] as const)
      expect([path, (await clinic.form(path, fields)).status]).toEqual([path, 413]);
    const short = await clinic.form('/account/register', { given: 'x'.repeat(10_000) });
    expect(short.status).toBe(403);
  });

  it('serves every page with a policy that lets nothing run, frame or load from elsewhere', async () => {
    const { browser } = await logInToApp(clinic, clientId, await addAccount(clinic));
    for (const path of [
      '/account',
      '/account/register',
      '/account/reset',
      '/account/verify?token=x',
      '/account/sessions',
      '/account/second-factor',
    ]) {
      const view = await browser.get(at(path));
      const policy = view.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(view.headers.get('cache-control')).toBe('no-store');
      expect(view.text).not.toMatch(/ style=|<style| on[a-z]+=/);
      expect(view.text).toContain('<html lang="en">');
    }
  });

  it('takes nothing from the host that a request claims', async () => {
    const headers = {
      'x-forwarded-host': 'evil.example',
      host: 'evil.example',
      forwarded: 'host=evil.example',
    };
    const { url } = clinic.running;
    for (const path of ['/.well-known/openid-configuration', '/.well-known/smart-configuration']) {
      const response = await fetch(`${url}${path}`, { headers });
      const text = await response.text();
      expect(text).toContain(clinic.entrance.url);
      expect(text).not.toContain('evil');
    }
    const request = authorizationRequest(clinic, clientId).url.replace(clinic.entrance.url, url);
    const answer = await fetch(request, { redirect: 'manual', headers });
    expect(answer.headers.get('location')).toMatch(/^\/login\//);
    expect(answer.headers.getSetCookie().every((line) => /; secure/i.test(line))).toBe(true);
  });

  it('sends nobody elsewhere: log-out, account pages, errors', async () => {
    const { browser, tokens } = await logInToApp(clinic, clientId, await addAccount(clinic));
    const hint = encodeURIComponent(tokens['id_token'] as string);
    const evil = encodeURIComponent('https://evil.example/');
    const paths = [
      `/oauth2/logout?id_token_hint=${hint}&post_logout_redirect_uri=${evil}`,
      `/oauth2/logout?post_logout_redirect_uri=${evil}`,
      `/account/callback?next=${evil}&code=x`,
      `/oauth2/authorize?client_id=nobody&redirect_uri=${evil}&response_type=code`,
    ];
    for (const path of paths) {
      const view = await browser.get(at(path));
      expect(view.left).toBeUndefined();
      expect(view.text).not.toContain('action="https://evil');
    }
  });

  it('lets nobody use another browser’s interaction, or one that is over', async () => {
    const view = await new Browser(clinic.entrance).get(authorizationRequest(clinic, clientId).url);
    const stolen = await new Browser(clinic.entrance).get(view.url);
    expect([stolen.status, stolen.text]).toEqual([400, expect.stringContaining('has expired')]);
  });

  it('gives a code to the app only that asked for it, with the same redirect address', async () => {
    const other = await addApp(clinic, { redirectUris: [CALLBACK, 'https://app.example/second'] });
    const account = await addAccount(clinic);
    const request = authorizationRequest(clinic, clientId);
    const { left } = await logInBy(new Browser(clinic.entrance), request, account);
    expect((await exchange(clinic, request, left, { client_id: other.clientId })).status).toBe(400);
    const second = authorizationRequest(clinic, other.clientId);
    const { left: there } = await logInBy(new Browser(clinic.entrance), second, account);
    expect(
      (await exchange(clinic, second, there, { redirect_uri: 'https://app.example/second' })).status,
    ).toBe(400);
  });

  it('asks for consent to a stranger’s app, and gives what is left ticked only', async () => {
    const app = await addApp(clinic, { firstParty: false });
    const account = await addAccount(clinic);
    const request = authorizationRequest(clinic, app.clientId, {
      scope:
        'openid fhirUser launch/patient offline_access patient/Appointment.rs patient/Observation.rs?category=laboratory user/*.cruds nonsense',
    });
    const browser = new Browser(clinic.entrance);
    const consent = await logInBy(browser, request, account);
    expect(consent.text).toContain('Allow Test app?');
    expect(consent.text).not.toContain('nonsense');
    const scope = ['launch/patient', 'patient/Appointment.rs', 'patient/Observation.rs?category=laboratory'];
    const { left } = await browser.submit(consent, { scope });
    const { body } = await exchange(clinic, request, left);
    expect(body).toMatchObject({ scope: `openid ${scope.join(' ')}`, patient: account.person.split('/')[1] });
    expect(body['refresh_token']).toBeUndefined();
    const added = authorizationRequest(clinic, app.clientId, { scope: 'openid patient/Appointment.r' });
    const again = await browser.get(added.url);
    const tampered = await browser.submit(again, {
      scope: ['patient/Appointment.r', 'patient/*.cruds', 'system/*.cruds'],
    });
    expect((await exchange(clinic, added, tampered.left)).body['scope']).toBe('openid patient/Appointment.r');
    const cancelled = await browser.get(
      authorizationRequest(clinic, app.clientId, { scope: 'openid patient/Appointment.r' }).url,
    );
    const back = await browser.submit(cancelled, {}, cancelled.forms.at(-1));
    expect(back.left?.searchParams.get('error')).toBe('access_denied');
  });

  it('does not let an app’s request name another server (aud), another resource, or ask for system scopes', async () => {
    for (const params of [
      { aud: 'https://other.example/fhir' },
      { resource: 'https://other.example/fhir' },
    ]) {
      const view = await new Browser(clinic.entrance).get(authorizationRequest(clinic, clientId, params).url);
      expect(view.left?.searchParams.get('error')).toMatch(/invalid_(request|target)/);
    }
    const { tokens } = await logInToApp(clinic, clientId, await addAccount(clinic), {
      scope: 'openid system/*.cruds user/*.rs',
    });
    expect(tokens['scope']).toBe('openid user/*.rs');
  });

  it('answers other origins nothing at the token endpoint, and registered ones as they need', async () => {
    const app = await addApp(clinic, { origins: ['https://app.example'] });
    const fields = { grant_type: 'refresh_token', client_id: app.clientId, refresh_token: 'x' };
    const good = await clinic.form('/oauth2/token', fields, { origin: 'https://app.example' });
    expect(good.headers.get('access-control-allow-origin')).toBe('https://app.example');
    const bad = await clinic.form('/oauth2/token', fields, { origin: 'https://evil.example' });
    expect(bad.headers.get('access-control-allow-origin')).toBeNull();
    const smart = await clinic.entrance.fetch(at('/fhir/R4/.well-known/smart-configuration'), {
      headers: { origin: 'https://any.example', accept: 'application/fhir+xml' },
    });
    expect(smart.headers.get('access-control-allow-origin')).toBe('*');
    expect(smart.headers.get('content-type')).toContain('application/json');
  });

  it('takes an authorization request by POST as by GET', async () => {
    const request = authorizationRequest(clinic, clientId);
    const account = await addAccount(clinic);
    const browser = new Browser(clinic.entrance);
    const view = await browser.post(at('/oauth2/authorize'), new URL(request.url).searchParams, {
      origin: 'https://app.example',
    });
    const { left } = await browser.submit(view, { username: account.email, password: account.password });
    expect((await exchange(clinic, request, left)).status).toBe(200);
    // what fits no URL is not sent to one: the entrance could not pass such an answer on
    const large = authorizationRequest(clinic, clientId, { state: 'x'.repeat(50_000) });
    expect((await browser.post(at('/oauth2/authorize'), new URL(large.url).searchParams)).status).toBe(413);
  });

  it('is unavailable for log-in without Redis, and goes on with tokens that exist', async () => {
    const { tokens } = await logInToApp(clinic, clientId, await addAccount(clinic));
    await clinic.ground.redis.kill();
    try {
      const view = await new Browser(clinic.entrance).get(authorizationRequest(clinic, clientId).url);
      expect([view.status, view.headers.get('retry-after')]).toEqual([503, '1']);
      const fields = {
        grant_type: 'refresh_token',
        client_id: clientId,
        refresh_token: tokens['refresh_token'] as string,
      };
      expect((await clinic.form('/oauth2/token', fields)).status).toBe(200);
      expect(
        (await clinic.call('GET /oauth2/userinfo', { token: tokens['access_token'] as string })).status,
      ).toBe(200);
    } finally {
      await clinic.ground.redis.restart();
    }
  });

  it('refuses an account whose mail is somebody else’s, and mass assignment', async () => {
    const token = await clinic.adminToken();
    const { email } = await addAccount(clinic);
    const body = {
      email: email.toUpperCase(),
      role: 'patient',
      person: `Patient/${randomUUID()}`,
      password: PASSWORD,
    };
    expect((await clinic.call('POST /admin/accounts', { token, body })).status).toBe(409);
    for (const extra of [{ _id: 'admin' }, { passwordHash: 'x' }, { secondFactor: {} }, { verified: false }])
      expect(
        (
          await clinic.call('POST /admin/accounts', {
            token,
            body: { ...body, email: `${randomUUID()}@mail.example`, ...extra },
          })
        ).status,
      ).toBe(400);
    expect((await clinic.call('DELETE /admin/accounts/admin', { token })).status).toBe(422);
  });

  it('opens one account for a person, however many are asked for at once, and finds it by the person', async () => {
    const token = await clinic.adminToken();
    const person = `Practitioner/${randomUUID()}`;
    const open = async (): Promise<number> => {
      const body = { email: `${randomUUID()}@mail.example`, role: 'practitioner', person };
      return (await clinic.call('POST /admin/accounts', { token, body })).status;
    };
    const statuses = await Promise.all(Array.from({ length: 8 }, open));
    expect(statuses.sort()).toEqual([201, ...Array.from({ length: 7 }, () => 409)]);
    const found = await clinic.call(`GET /admin/accounts?person=${person}`, { token });
    expect(found).toMatchObject({ status: 200, body: { items: [{ role: 'practitioner', person }] } });
    const nobody = `GET /admin/accounts?person=Patient/${randomUUID()}`;
    expect((await clinic.call(nobody, { token })).body).toEqual({ items: [] });
    expect((await clinic.call('GET /admin/accounts', { token })).status).toBe(400);
  });
});
