import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { openAccountsClinic } from '../../test/account-helpers.ts';
import type { AccountsClinic } from '../../test/account-helpers.ts';
import { Browser } from '../../test/browser.ts';
import type { View } from '../../test/browser.ts';
import {
  addAccount,
  addPatient,
  authorizationRequest,
  letsIn,
  logInBy,
  logInToApp,
  PASSWORD,
} from '../../test/oidc.ts';
import type { OidcGround } from '../../test/oidc.ts';

jest.setTimeout(90_000);

const WRONG = 'The e-mail address or the password is wrong';

describe('accounts on real engines', () => {
  let opened: AccountsClinic;
  let clinic: AccountsClinic['clinic'];
  let mailbox: AccountsClinic['mailbox'];
  let clientId: string;
  beforeAll(async () => {
    opened = await openAccountsClinic({ MAILS_PER_NETWORK: '10000', LOGIN_FAILURES_PER_ADDRESS: '60' });
    ({ clinic, mailbox, clientId } = opened);
  }, 120_000);
  afterAll(() => opened.stop());

  const at = (path: string): string => `${clinic.entrance.url}${path}`;
  const register = async (email: string, over: Record<string, string> = {}): Promise<View> => {
    const browser = new Browser(clinic.entrance);
    const person = { given: 'Waltraud', family: 'Quellenbusch', birthDate: '1961-04-12', gender: 'female' };
    return browser.submit(await browser.get(at('/account/register')), {
      ...person,
      email,
      password: PASSWORD,
      ...over,
    });
  };
  const address = (): string => `w.${randomUUID()}@mail.example`;
  const canLogIn = (email: string, password = PASSWORD): Promise<boolean> =>
    letsIn(clinic, clientId, { email, password });

  it('registers a patient, who can log in once the address is verified, with a Patient', async () => {
    const email = address();
    const answer = await register(email);
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('Look into your mail')]);
    expect(await canLogIn(email)).toBe(false);
    const [mail] = await mailbox.to(email);
    expect(mail).toEqual({
      to: email,
      kind: 'verify',
      link: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+\/account\/verify\?token=[\w-]{43}$/),
      language: 'en',
    });
    const browser = new Browser(clinic.entrance);
    const wrong = await browser.submit(await browser.get(mail?.link ?? ''), {
      password: 'another long text',
    });
    expect(wrong.status).toBe(400);
    const done = await browser.submit(await browser.get(mail?.link ?? ''), { password: PASSWORD });
    expect(done.text).toContain('Your registration is complete');
    expect((await browser.get(mail?.link ?? '')).status).toBe(410);
    const { tokens } = await logInToApp(clinic, clientId, { email: email.toUpperCase(), password: PASSWORD });
    expect(tokens['patient']).toEqual(expect.any(String));
  });

  it('answers a registration with a known address the same, in the same time, and says the truth by mail', async () => {
    const { email } = await addAccount(clinic);
    const time = async (to: string): Promise<{ text: string; ms: number }> => {
      const begun = performance.now();
      const { text } = await register(to);
      return { text, ms: performance.now() - begun };
    };
    const [known, fresh] = [await time(email), await time(address())];
    expect(known.text).toBe(fresh.text);
    expect(Math.abs(known.ms - fresh.ms)).toBeLessThan(250);
    expect((await mailbox.to(email))[0]).toMatchObject({ kind: 'known-address' });
  });

  it('mails no text that the registrant has entered', async () => {
    const email = address();
    await register(email, { given: 'Win https://evil.example now' });
    expect(JSON.stringify(await mailbox.to(email))).not.toContain('evil');
  });

  it.each([
    ['1234567890', 'at least 12'],
    ['password1234', 'Choose another password'],
    ['Quellenbusch and otters', 'does not contain your name'],
    ['x'.repeat(129), 'at most 128'],
  ])('refuses the password %s with the reason at its field', async (password, reason) => {
    const { status, text } = await register(address(), { password });
    expect(status).toBe(400);
    expect(text).toContain(reason);
    expect(text).toContain('aria-describedby="password-hint password-error"');
  });

  it('resets a forgotten password by mail, and ends every log-in', async () => {
    const account = await addAccount(clinic);
    const { browser, tokens } = await logInToApp(clinic, clientId, account);
    const asking = new Browser(clinic.entrance);
    const asked = await asking.submit(await asking.get(at('/account/reset')), { email: account.email });
    const other = await asking.submit(await asking.get(at('/account/reset')), { email: address() });
    expect(asked.text).toBe(other.text);
    const [mail] = await mailbox.to(account.email);
    const done = await asking.submit(await asking.get(mail?.link ?? ''), {
      password: 'the second quiet otter',
    });
    expect(done.text).toContain('Your password has changed');
    expect(await canLogIn(account.email)).toBe(false);
    expect(await canLogIn(account.email, 'the second quiet otter')).toBe(true);
    const refreshed = await clinic.form('/oauth2/token', {
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: tokens['refresh_token'] as string,
    });
    expect(refreshed.status).toBe(400);
    expect((await browser.get(at('/account'))).text).toContain('name="username"');
    expect((await mailbox.to(account.email, 'password-changed')).map(({ kind }) => kind)).toEqual([
      'reset',
      'password-changed',
    ]);
  });

  it('refuses a password of what the clinic knows of the person, forgotten or changed', async () => {
    const account = await addAccount(clinic, { person: await addPatient(clinic) });
    const password = 'a long river of heron songs';
    const refused = [400, expect.stringContaining('does not contain your name')];
    const asking = new Browser(clinic.entrance);
    await asking.submit(await asking.get(at('/account/reset')), { email: account.email });
    const [mail] = await mailbox.to(account.email);
    const reset = await asking.submit(await asking.get(mail?.link ?? ''), { password });
    expect([reset.status, reset.text]).toEqual(refused);
    const body = { email: address(), role: 'patient', person: await addPatient(clinic), password };
    const made = await clinic.call('POST /admin/accounts', { token: await clinic.adminToken(), body });
    expect([made.status, JSON.stringify(made.body)]).toEqual(refused);
    const { browser } = await logInToApp(clinic, clientId, account);
    const form = await browser.get(at('/account/password'));
    const changed = await browser.submit(form, { password, current: PASSWORD });
    expect([changed.status, changed.text]).toEqual(refused);
  });

  it('changes the address once the new one is verified', async () => {
    const account = await addAccount(clinic);
    const { browser } = await logInToApp(clinic, clientId, account);
    const fresh = address();
    const form = await browser.get(at('/account/address'));
    expect((await browser.submit(form, { email: fresh, current: 'not the password' })).status).toBe(400);
    await browser.submit(await browser.get(at('/account/address')), { email: fresh, current: PASSWORD });
    expect(await canLogIn(account.email)).toBe(true);
    const [mail] = await mailbox.to(fresh);
    // an address that was mistyped is somebody else's: the link alone gives them nothing
    const stranger = new Browser(clinic.entrance);
    for (const current of ['', 'not the password'])
      expect((await stranger.submit(await stranger.get(mail?.link ?? ''), { current })).status).toBe(400);
    expect(await canLogIn(account.email)).toBe(true);
    await browser.submit(await browser.get(mail?.link ?? ''), { current: PASSWORD });
    expect((await stranger.get(mail?.link ?? '')).status).toBe(410);
    expect([await canLogIn(account.email), await canLogIn(fresh)]).toEqual([false, true]);
    expect((await mailbox.to(account.email))[0]).toMatchObject({ kind: 'address-changed' });
    expect((await browser.get(at('/account'))).text).toContain('name="username"');
  });

  it('lists log-ins, and ends one of them with its tokens', async () => {
    const account = await addAccount(clinic);
    const scope = 'openid online_access patient/*.rs';
    const first = await logInToApp(clinic, clientId, account, { scope });
    const second = await logInToApp(clinic, clientId, account, { scope });
    const refresh = ({ tokens }: typeof first): ReturnType<OidcGround['form']> =>
      clinic.form('/oauth2/token', {
        grant_type: 'refresh_token',
        client_id: clientId,
        refresh_token: tokens['refresh_token'] as string,
      });
    const page = await second.browser.get(at('/account/sessions'));
    expect(page.text.match(/End the log-in of/g)).toHaveLength(2);
    expect(page.text).toContain('(this browser)');
    const other = page.text
      .split('<tr>')
      .find((row) => row.includes('<form') && !row.includes('(this browser)'));
    const session = /name="session" value="([^"]+)"/.exec(other ?? '')?.[1];
    await second.browser.submit(page, { session });
    expect((await first.browser.get(at('/account'))).text).toContain('name="username"');
    expect((await second.browser.get(at('/account'))).text).toContain('Your account');
    expect((await refresh(first)).status).toBe(400);
    expect((await refresh(second)).status).toBe(200);
  });

  it('ends log-ins that were under way when the password changed', async () => {
    const account = await addAccount(clinic);
    const { browser, tokens } = await logInToApp(clinic, clientId, account);
    // As a request does that was under way: what it wrote came after the end.
    const client = await MongoClient.connect(clinic.ground.mongod.uri);
    const accounts = client.db('identity').collection<{ _id: string }>('accounts');
    await accounts.updateOne({ _id: account.id }, { $set: { sessionsEndedAt: new Date() } });
    await client.close();
    expect((await browser.get(at('/account'))).text).toContain('name="username"');
    const quiet = authorizationRequest(clinic, clientId, { prompt: 'none' });
    expect((await browser.get(quiet.url)).left?.searchParams.get('error')).toBe('login_required');
    const fields = {
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: tokens['refresh_token'] as string,
    };
    expect((await clinic.form('/oauth2/token', fields)).body).toMatchObject({ error: 'invalid_grant' });
    expect(await canLogIn(account.email)).toBe(true);
  });

  it('disables an account, which ends its log-ins, and deletes it', async () => {
    const account = await addAccount(clinic);
    const { browser } = await logInToApp(clinic, clientId, account);
    const token = await clinic.adminToken();
    const path = `/admin/accounts/${account.id}`;
    expect((await clinic.call(`PATCH ${path}`, { token, body: { status: 'disabled' } })).status).toBe(200);
    expect(await canLogIn(account.email)).toBe(false);
    expect((await browser.get(at('/account'))).text).toContain('name="username"');
    await clinic.call(`PATCH ${path}`, { token, body: { status: 'active' } });
    expect(await canLogIn(account.email)).toBe(true);
    expect((await clinic.call(`DELETE ${path}`, { token })).status).toBe(204);
    expect(await canLogIn(account.email)).toBe(false);
    expect((await clinic.call(`GET ${path}`, { token })).status).toBe(404);
  });

  it('answers an unknown account, a wrong password and a disabled account alike', async () => {
    const disabled = await addAccount(clinic);
    const token = await clinic.adminToken();
    await clinic.call(`PATCH /admin/accounts/${disabled.id}`, { token, body: { status: 'disabled' } });
    const known = await addAccount(clinic);
    const tries = [
      { email: address(), password: PASSWORD },
      { email: known.email, password: 'wrong wrong wrong' },
      disabled,
    ];
    for (const account of tries) {
      const view = await logInBy(
        new Browser(clinic.entrance),
        authorizationRequest(clinic, clientId),
        account,
      );
      expect([view.status, view.text]).toEqual([400, expect.stringContaining(WRONG)]);
    }
  });

  it('holds no address, name, password or token in the database in plain, nor in a log', async () => {
    const email = address();
    await register(email);
    const [mail] = await mailbox.to(email);
    const token = mail?.link?.split('token=')[1] ?? 'none';
    const dump = await clinic.ground.dump([
      'accounts',
      'account_tokens',
      'account_messages',
      'oidc_artifacts',
    ]);
    for (const secret of [email, token, 'Quellenbusch', PASSWORD]) {
      expect(dump).not.toContain(secret);
      expect(clinic.running.log.text()).not.toContain(secret);
    }
  });

  // The last one: its address is slowed down from now on.
  it('does not lock others out, nor the owner in a known browser, when somebody guesses', async () => {
    const victim = await addAccount(clinic);
    const { browser } = await logInToApp(clinic, clientId, victim);
    const neighbour = await addAccount(clinic);
    const guess = async (email: string): Promise<View> =>
      logInBy(new Browser(clinic.entrance), authorizationRequest(clinic, clientId), {
        email,
        password: 'wrong wrong wrong',
      });
    await Promise.all(Array.from({ length: 11 }, () => guess(victim.email)));
    expect((await guess(victim.email)).status).toBe(429);
    // more wrong passwords from one address than LOGIN_FAILURES_PER_ADDRESS, over many accounts
    const guessOn = async (): Promise<void> => {
      const guesser = new Browser(clinic.entrance);
      const form = await guesser.get(authorizationRequest(clinic, clientId).url);
      for (let n = 0; n < 6; n += 1) {
        const username = `${randomUUID()}@mail.example`;
        const view = await guesser.submit(form, { username, password: 'wrong wrong wrong' });
        expect([400, 429]).toContain(view.status);
      }
    };
    await Promise.all(Array.from({ length: 10 }, guessOn));
    expect(await canLogIn(neighbour.email)).toBe(true);
    const request = authorizationRequest(clinic, clientId, { prompt: 'login' });
    const own = await logInBy(browser, request, victim);
    expect(own.left?.searchParams.get('code')).toBeTruthy();
  });
});
