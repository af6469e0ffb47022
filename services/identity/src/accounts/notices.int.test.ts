import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { codesOf, openAccountsClinic } from '../../test/account-helpers.ts';
import type { AccountsClinic } from '../../test/account-helpers.ts';
import { Browser } from '../../test/browser.ts';
import type { View } from '../../test/browser.ts';
import {
  addAccount,
  addApp,
  authorizationRequest,
  letsIn,
  logInBy,
  logInToApp,
  PASSWORD,
} from '../../test/oidc.ts';
import type { TestAccount } from '../../test/oidc.ts';

jest.setTimeout(90_000);

const PATH = '/account/second-factor';

describe('what the owner of an account is told by mail', () => {
  let opened: AccountsClinic;
  let clinic: AccountsClinic['clinic'];
  let mailbox: AccountsClinic['mailbox'];
  let clientId: string;
  beforeAll(async () => {
    opened = await openAccountsClinic({ MAILS_PER_NETWORK: '10' });
    ({ clinic, mailbox, clientId } = opened);
  }, 120_000);
  afterAll(() => opened.stop());

  const at = (path: string): string => `${clinic.entrance.url}${path}`;
  const address = (): string => `w.${randomUUID()}@mail.example`;
  const kinds = async (email: string, ...wanted: string[]): Promise<string[]> =>
    (await mailbox.to(email, ...wanted)).map(({ kind }) => kind);
  const recoveryCodes = ({ text }: View): string[] =>
    [...text.matchAll(/data-recovery-code>\s*([a-z0-9-]+)/g)].map(([, code = '']) => code);
  const formAt = (view: View, action: string): View['forms'][number] | undefined =>
    view.forms.find((form) => form.action.endsWith(action));
  const confirm = async (browser: Browser, action: string): Promise<View> => {
    const page = await browser.get(at(PATH));
    return browser.submit(page, { current: PASSWORD }, formAt(page, action));
  };
  /** Sets up an authenticator app for somebody who is logged in. @returns the recovery codes */
  const setUp = async (browser: Browser): Promise<string[]> => {
    const page = await confirm(browser, '/app');
    return recoveryCodes(await browser.submit(page, { otp: codesOf(page.text)() }));
  };

  it('a log-in from a browser that is new to the account, not the first of all, and none from a known one', async () => {
    const account = await addAccount(clinic);
    const { browser } = await logInToApp(clinic, clientId, account);
    const again = authorizationRequest(clinic, clientId, { prompt: 'login' });
    expect((await logInBy(browser, again, account)).left?.searchParams.has('code')).toBe(true);
    await logInToApp(clinic, clientId, account);
    await clinic.call(`DELETE /admin/accounts/${account.id}`, { token: await clinic.adminToken() });
    const mails = await mailbox.to(account.email, 'new-device', 'deleted');
    expect(mails.map(({ kind }) => kind)).toEqual(['new-device', 'deleted']);
    expect(mails[0]).toMatchObject({ link: at('/account/sessions') });
  });

  it('a log-in beside the first one, at the same moment: one of two is no news', async () => {
    const account = await addAccount(clinic);
    await Promise.all([1, 2].map(() => logInToApp(clinic, clientId, account)));
    await clinic.call(`DELETE /admin/accounts/${account.id}`, { token: await clinic.adminToken() });
    expect(await kinds(account.email, 'new-device', 'deleted')).toEqual(['new-device', 'deleted']);
  });

  it('a second factor that is added, new recovery codes, one that is used, and the removal', async () => {
    const account = await addAccount(clinic);
    const { browser } = await logInToApp(clinic, clientId, account);
    await setUp(browser);
    const [code = ''] = recoveryCodes(await confirm(browser, '/codes'));
    const other = new Browser(clinic.entrance);
    const asked = await logInBy(other, authorizationRequest(clinic, clientId), account);
    expect((await other.submit(asked, { otp: code })).left?.searchParams.has('code')).toBe(true);
    await confirm(browser, '/off');
    expect(await kinds(account.email, 'second-factor-removed')).toEqual([
      'second-factor-added',
      'recovery-codes-new',
      'recovery-code-used',
      'second-factor-removed',
    ]);
    expect(await letsIn(clinic, clientId, account)).toBe(true);
  });

  it('an app of others that may act for them, and the end of the account', async () => {
    const { clientId: foreign } = await addApp(clinic, { firstParty: false });
    const account = await addAccount(clinic);
    const browser = new Browser(clinic.entrance);
    const asked = await logInBy(browser, authorizationRequest(clinic, foreign), account);
    await browser.submit(asked, { scope: ['openid', 'patient/*.rs'] });
    const token = await clinic.adminToken();
    const path = `/admin/accounts/${account.id}`;
    const disable = { token, body: { status: 'disabled' } };
    await clinic.call(`PATCH ${path}`, disable);
    await clinic.call(`PATCH ${path}`, disable); // it was so already
    await clinic.call(`DELETE ${path}`, { token });
    expect(await kinds(account.email, 'deleted')).toEqual(['app-allowed', 'disabled', 'deleted']);
  });

  describe('when an administrator resets a second factor that was lost', () => {
    /** Somebody of the front desk, set up, and logged in. */
    const staff = async (over = {}): Promise<{ account: TestAccount; browser: Browser; code: string }> => {
      const account = await addAccount(clinic, { role: 'frontdesk', person: '', ...over });
      const browser = new Browser(clinic.entrance);
      const page = await logInBy(browser, authorizationRequest(clinic, clientId), account);
      const codes = await browser.submit(page, { otp: codesOf(page.text)() });
      await browser.submit(codes);
      return { account, browser, code: recoveryCodes(codes)[0] ?? '' };
    };

    it('they are told, logged out, and set up another at the next log-in', async () => {
      const { account, browser, code } = await staff();
      const waiting = new Browser(clinic.entrance);
      const otp = await logInBy(waiting, authorizationRequest(clinic, clientId), account);
      const token = await clinic.adminToken();
      const path = `/admin/accounts/${account.id}`;
      expect((await clinic.call(`DELETE ${path}/second-factor`, { token })).status).toBe(204);
      expect((await clinic.call(`GET ${path}`, { token })).body).toMatchObject({ secondFactor: false });
      expect((await browser.get(at('/account'))).text).toContain('name="username"');
      expect((await waiting.submit(otp, { otp: code })).status).toBe(403);
      const next = await logInBy(
        new Browser(clinic.entrance),
        authorizationRequest(clinic, clientId),
        account,
      );
      expect(next.text).toContain('Set up an authenticator app');
      const [, notice] = await mailbox.to(account.email, 'second-factor-reset');
      expect(notice).toEqual({ to: account.email, kind: 'second-factor-reset', language: 'en' });
    });

    it('it is not their own, and not by others', async () => {
      const token = await clinic.adminToken();
      expect((await clinic.call('DELETE /admin/accounts/nobody/second-factor', { token })).status).toBe(404);
      const own = await clinic.call('DELETE /admin/accounts/careplane-admin/second-factor', { token });
      expect(own.status).toBe(422);
      const { tokens } = await logInToApp(clinic, clientId, await addAccount(clinic));
      const path = `/admin/accounts/${randomUUID()}/second-factor`;
      const theirs = { token: tokens['access_token'] as string };
      expect((await clinic.call(`DELETE ${path}`, theirs)).status).toBe(403);
    });
  });

  // The last one: its network has caused its registrations.
  it('a new password that they ask for, although a stranger floods the address', async () => {
    const account = await addAccount(clinic);
    const flood = new Browser(clinic.entrance);
    const form = await flood.get(at('/account/register'));
    const person = { given: 'A', family: 'B', birthDate: '1961-04-12', gender: 'female', password: PASSWORD };
    const statuses: number[] = [];
    for (let mail = 0; mail < 11; mail += 1)
      statuses.push((await flood.submit(form, { ...person, email: account.email })).status);
    expect(statuses).toEqual([...Array<number>(10).fill(200), 429]);
    const owner = new Browser(clinic.entrance);
    await owner.submit(await owner.get(at('/account/reset')), { email: account.email });
    expect(await kinds(account.email, 'reset')).toEqual([...Array<string>(3).fill('known-address'), 'reset']);
    const { browser } = await logInToApp(clinic, clientId, account);
    const change = await browser.get(at('/account/address'));
    const fresh = address();
    await browser.submit(change, { email: fresh, current: PASSWORD });
    expect(await kinds(fresh)).toEqual(['verify']);
  });

  it('nothing of registrations whose passwords nobody judges any more: their network has sent too many', async () => {
    const stranger = new Browser(clinic.entrance);
    const form = await stranger.get(at('/account/register'));
    const person = { given: 'A', family: 'B', birthDate: '1961-04-12', gender: 'female', password: 'short' };
    const statuses: number[] = [];
    for (let sent = 0; sent < 21; sent += 1)
      statuses.push((await stranger.submit(form, { ...person, email: address() })).status);
    expect(statuses.at(-1)).toBe(429);
  });
});
