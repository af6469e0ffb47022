import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { codesOf } from '../../test/account-helpers.ts';
import { Browser } from '../../test/browser.ts';
import { ADMIN_PASSWORD } from '../../test/clinic.ts';
import { addAccount, addApp, authorizationRequest, exchange, logInBy, startOidc } from '../../test/oidc.ts';
import type { OidcGround } from '../../test/oidc.ts';

jest.setTimeout(90_000);

describe('accounts of staff on real engines', () => {
  let clinic: OidcGround;
  let clientId: string;
  beforeAll(async () => {
    clinic = await startOidc();
    clientId = (await addApp(clinic)).clientId;
  }, 120_000);
  afterAll(() => clinic.stop());

  const address = (): string => `w.${randomUUID()}@mail.example`;

  it('sets a first second factor up once: a second page that was open does not replace it', async () => {
    const account = await addAccount(clinic, { role: 'frontdesk', person: '' });
    const [one, two] = [new Browser(clinic.entrance), new Browser(clinic.entrance)];
    const mine = await logInBy(one, authorizationRequest(clinic, clientId), account);
    const theirs = await logInBy(two, authorizationRequest(clinic, clientId), account);
    expect((await one.submit(mine, { otp: codesOf(mine.text)() })).text).toContain('data-recovery-code');
    expect((await two.submit(theirs, { otp: codesOf(theirs.text)() })).status).toBe(403);
  });

  it('sets nothing up for a log-in that is over: who knows the former password locks nobody out', async () => {
    const account = await addAccount(clinic, { role: 'frontdesk', person: '' });
    const thief = new Browser(clinic.entrance);
    const page = await logInBy(thief, authorizationRequest(clinic, clientId), account);
    const token = await clinic.adminToken();
    const path = `/admin/accounts/${account.id}`;
    await clinic.call(`DELETE ${path}/second-factor`, { token });
    expect((await thief.submit(page, { otp: codesOf(page.text)() })).status).toBe(403);
    expect((await clinic.call(`GET ${path}`, { token })).body['secondFactor']).toBe(false);
    expect((await thief.get(page.url)).text).toContain('Password');
  });

  it('lets staff in with a second factor only, which they set up at the first log-in', async () => {
    const account = await addAccount(clinic, {
      role: 'practitioner',
      person: `Practitioner/${randomUUID()}`,
    });
    const browser = new Browser(clinic.entrance);
    const params = { scope: 'openid fhirUser user/*.rs' };
    const setUp = await logInBy(browser, authorizationRequest(clinic, clientId, params), account);
    expect(setUp.text).toContain('Set up an authenticator app');
    const code = codesOf(setUp.text);
    expect((await browser.submit(setUp, { otp: '000000' })).status).toBe(400);
    const codes = await browser.submit(setUp, { otp: code() });
    const recovery = [...codes.text.matchAll(/data-recovery-code>\s*([a-z0-9-]+)/g)].map(
      (match) => match[1] ?? '',
    );
    expect(recovery).toHaveLength(10);
    expect((await browser.submit(codes)).left?.searchParams.get('code')).toBeTruthy();

    const again = new Browser(clinic.entrance);
    const second = await logInBy(again, authorizationRequest(clinic, clientId, params), account);
    expect(second.text).toContain('Second step');
    // the code of the enrolment was used: it does not count again
    expect((await again.submit(second, { otp: code() })).text).toContain('was used already');
    expect(
      (await again.submit(second, { otp: recovery[0] ?? '' })).left?.searchParams.get('code'),
    ).toBeTruthy();
    const third = new Browser(clinic.entrance);
    const asked = await logInBy(third, authorizationRequest(clinic, clientId, params), account);
    expect((await third.submit(asked, { otp: recovery[0] ?? '' })).status).toBe(400);
    expect((await third.submit(asked, { otp: code(1) })).left?.searchParams.get('code')).toBeTruthy();
  });

  it('stops guessing at the second factor', async () => {
    const account = await addAccount(clinic, { role: 'frontdesk', person: '' });
    const browser = new Browser(clinic.entrance);
    const setUp = await logInBy(browser, authorizationRequest(clinic, clientId), account);
    await browser.submit(await browser.submit(setUp, { otp: codesOf(setUp.text)() }));
    const guesser = new Browser(clinic.entrance);
    const page = await logInBy(guesser, authorizationRequest(clinic, clientId), account);
    const statuses: number[] = [];
    for (let guess = 0; guess < 6; guess += 1)
      statuses.push((await guesser.submit(page, { otp: '123456' })).status);
    expect(statuses).toEqual([400, 400, 400, 400, 400, 429]);
  });

  it('knows the administrator of the Secret', async () => {
    const browser = new Browser(clinic.entrance);
    const scopes = ['openid', 'user/*.rs', 'careplane/admin'];
    const own = await addApp(clinic, { scopes });
    const request = authorizationRequest(clinic, own.clientId, { scope: scopes.join(' ') });
    const setUp = await logInBy(browser, request, { email: 'admin', password: ADMIN_PASSWORD });
    const { left } = await browser.submit(await browser.submit(setUp, { otp: codesOf(setUp.text)() }));
    const { body } = await exchange(clinic, request, left);
    const token = body['access_token'] as string;
    expect((await clinic.call('GET /admin/apps', { token })).status).toBe(200);
    // An app that may not administer does not do it in the administrator's name.
    const other = authorizationRequest(clinic, clientId, { scope: scopes.join(' ') });
    const answer = await exchange(clinic, other, (await browser.get(other.url)).left);
    expect(answer.body['scope']).toBe('openid user/*.rs');
    const weak = answer.body['access_token'] as string;
    expect((await clinic.call('GET /admin/apps', { token: weak })).status).toBe(403);
    await expect(addApp(clinic, { scopes, firstParty: false })).rejects.toThrow('no app');
  });

  it('makes accounts that fit their person only, and one for each', async () => {
    const token = await clinic.adminToken();
    const make = async (role: string, person?: string): Promise<number> => {
      const body = { email: address(), role, ...(person === undefined ? {} : { person }) };
      return (await clinic.call('POST /admin/accounts', { token, body })).status;
    };
    expect(await make('practitioner', `Patient/${randomUUID()}`)).toBe(400);
    expect(await make('practitioner')).toBe(400);
    expect(await make('patient', `Practitioner/${randomUUID()}`)).toBe(400);
    const { person } = await addAccount(clinic);
    expect(await make('patient', person)).toBe(409);
  });
});
