import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { AuditEntry } from '@careplane/kit';
import { fetchAs, spawnService } from '@careplane/kit/testing';
import { until } from '@careplane/testing';
import { openAuditQueue } from '../../test/audit-queue.ts';
import type { AuditQueue } from '../../test/audit-queue.ts';
import { Browser } from '../../test/browser.ts';
import {
  addAccount,
  addApp,
  addPatient,
  authorizationRequest,
  letsIn,
  logInBy,
  logInToApp,
  PASSWORD,
  startOidc,
} from '../../test/oidc.ts';
import type { OidcGround, TestAccount } from '../../test/oidc.ts';

jest.setTimeout(120_000);

const SETTINGS = { AUDIT_TRAIL: 'Required', LOGIN_FAILURES_PER_ADDRESS: '10000' };
const NEW_PASSWORD = 'three herons beside the weir';

describe('what accounts and apps go through, in the audit', () => {
  let clinic: OidcGround;
  let queue: AuditQueue;
  let clientId: string;
  beforeAll(async () => {
    clinic = await startOidc(SETTINGS);
    queue = await openAuditQueue(clinic.ground.rabbit.uri);
    clientId = (await addApp(clinic)).clientId;
  }, 120_000);
  afterAll(async () => {
    await queue.close();
    await clinic.stop();
  });

  const at = (path: string): string => `${clinic.entrance.url}${path}`;
  const about =
    (type: string, id: string) =>
    ({ entities }: AuditEntry): boolean =>
      entities.some((one) => one.type === type && one.id === id);
  const said = (entries: readonly AuditEntry[]): unknown[] =>
    entries.map(({ action, outcome, reason, agent }) => [action, outcome, reason, agent.role]);
  const submitAt = async (browser: Browser, path: string, values: Record<string, string>): Promise<unknown> =>
    browser.submit(await browser.get(at(path)), values);

  it('tells of an account from its beginning to its end, who did it and in which app', async () => {
    const account = await addAccount(clinic);
    const wrong = { ...account, password: 'not the password' };
    expect(await letsIn(clinic, clientId, wrong)).toBe(false);
    const { browser, tokens } = await logInToApp(clinic, clientId, account);
    await submitAt(browser, '/account/password', { current: PASSWORD, password: NEW_PASSWORD });
    await logInToApp(clinic, clientId, { ...account, password: NEW_PASSWORD });
    const token = await clinic.adminToken();
    await clinic.call(`GET /admin/accounts/${account.id}`, { token });
    await clinic.call(`PATCH /admin/accounts/${account.id}`, { token, body: { status: 'disabled' } });
    expect(await letsIn(clinic, clientId, { ...account, password: NEW_PASSWORD })).toBe(false);
    await clinic.call(`PATCH /admin/accounts/${account.id}`, { token, body: { status: 'active' } });
    await clinic.call(`DELETE /admin/accounts/${account.id}/second-factor`, { token });
    await clinic.call(`DELETE /admin/accounts/${account.id}`, { token });
    const entries = await queue.entries(about('account', account.id), 11);
    expect(said(entries)).toEqual([
      ['account-created', 'granted', undefined, 'admin'],
      ['log-in', 'denied', 'wrong', 'patient'],
      ['log-in', 'granted', undefined, 'patient'],
      ['password-changed', 'granted', undefined, 'patient'],
      ['log-in', 'granted', undefined, 'patient'],
      ['account-read', 'granted', undefined, 'admin'],
      ['account-disabled', 'granted', undefined, 'admin'],
      ['log-in', 'denied', 'disabled', 'patient'],
      ['account-enabled', 'granted', undefined, 'admin'],
      ['second-factor-reset', 'granted', undefined, 'admin'],
      ['account-deleted', 'granted', undefined, 'admin'],
    ]);
    // all of it is the patient's own to see
    const patient = account.person.replace('Patient/', '');
    expect(new Set(entries.map((entry) => entry.patient))).toEqual(new Set([patient]));
    expect(entries[2]).toMatchObject({
      agent: { account: account.id, client: clientId, person: { type: 'Patient', id: patient } },
      entities: [
        { type: 'account', id: account.id },
        { type: 'factor', id: 'pwd' },
      ],
    });
    const all = JSON.stringify(entries);
    for (const secret of [account.email, PASSWORD, NEW_PASSWORD, String(tokens['access_token'])])
      expect(all).not.toContain(secret);
  });

  it('tells of apps: registered, allowed, logged in by themselves, refused, removed', async () => {
    const app = await addApp(clinic, { firstParty: false });
    const account = await addAccount(clinic);
    const browser = new Browser(clinic.entrance);
    const scope = 'openid patient/*.rs';
    const request = authorizationRequest(clinic, app.clientId, { scope });
    const consent = await logInBy(browser, request, account);
    await browser.submit(consent, {});
    await clinic.call(`DELETE /admin/apps/${app.clientId}`, { token: await clinic.adminToken() });
    const of = await queue.entries(
      (entry) => about('app', app.clientId)(entry) || entry.agent.client === app.clientId,
      4,
    );
    expect(of.map(({ action }) => action)).toEqual([
      'app-registered',
      'log-in',
      'scopes-granted',
      'app-removed',
    ]);
    expect(of[2]).toMatchObject({ scopes: ['openid', 'patient/*.rs'], agent: { account: account.id } });
    const [admin] = await queue.entries(about('app', 'careplane-admin'), 1);
    expect(admin).toMatchObject({ action: 'log-in', outcome: 'granted', agent: { role: 'app' } });
    const refused = {
      grant_type: 'client_credentials',
      client_id: 'careplane-admin',
      client_secret: 'guessed',
    };
    expect((await clinic.form('/oauth2/token', refused)).status).toBe(401);
    const denied = await queue.entries(({ reason }) => reason === 'invalid_client', 1);
    expect(said(denied)).toEqual([['log-in', 'denied', 'invalid_client', 'unknown']]);
  });

  it('tells of tokens: revoked, used twice, ended by a log-out', async () => {
    const logIn = async (): Promise<{
      account: TestAccount;
      tokens: Record<string, unknown>;
      browser: Browser;
    }> => {
      const account = await addAccount(clinic);
      return { account, ...(await logInToApp(clinic, clientId, account)) };
    };
    const kinds = async ({ id }: TestAccount, count: number): Promise<string[]> =>
      (await queue.entries(about('account', id), count)).map(({ action }) => action).slice(2);
    const form = (path: string, fields: Record<string, string>): Promise<{ status: number }> =>
      clinic.form(path, { client_id: clientId, ...fields });
    const [access, refresh, twice, out] = [await logIn(), await logIn(), await logIn(), await logIn()];
    await form('/oauth2/revoke', { token: String(access.tokens['access_token']) });
    await form('/oauth2/revoke', { token: String(refresh.tokens['refresh_token']) });
    const again = { grant_type: 'refresh_token', refresh_token: String(twice.tokens['refresh_token']) };
    expect((await form('/oauth2/token', again)).status).toBe(200);
    expect((await form('/oauth2/token', again)).status).toBe(400);
    const logOut = `/oauth2/logout?id_token_hint=${String(out.tokens['id_token'])}`;
    const page = await out.browser.get(at(logOut));
    await out.browser.submit(page, { logout: 'yes' });
    expect(await kinds(access.account, 3)).toEqual(['token-revoked']);
    expect(await kinds(refresh.account, 3)).toEqual(['scopes-withdrawn']);
    expect(await kinds(twice.account, 3)).toEqual(['token-reused']);
    expect(await kinds(out.account, 3)).toEqual(['log-out']);
  });

  it('tells who tries to administer without being allowed to', async () => {
    const account = await addAccount(clinic);
    const { tokens } = await logInToApp(clinic, clientId, account, { scope: 'openid patient/*.rs' });
    const token = String(tokens['access_token']);
    expect((await clinic.call('GET /admin/apps', { token })).status).toBe(403);
    const [denied] = await queue.entries(
      ({ action, agent }) => action === 'administer' && agent.account === account.id,
      1,
    );
    expect(denied).toMatchObject({ outcome: 'denied', reason: 'role' });
  });

  it('tells which service was given the name and address of a patient', async () => {
    const person = await addPatient(clinic);
    const id = person.replace('Patient/', '');
    const inside = await clinic.ground.start({ CAREPLANE_TLS_HTTP: 'Mutual', AUDIT_TRAIL: 'Required' });
    try {
      const credentials = await clinic.ground.identities.credentials('notifications');
      expect(await fetchAs(credentials, `${inside.url}/internal/contacts/${id}`)).toMatchObject({
        status: 200,
      });
      const reads = await queue.entries(({ patient, action }) => patient === id && action === 'read', 1);
      expect(reads.map(({ agent }) => agent)).toEqual([{ role: 'service', account: 'notifications' }]);
    } finally {
      await inside.stop();
    }
  });

  /** Identity as a process of its own behind the entrance, which is killed once so many of these have come to their answers. */
  async function killedAfter(
    answers: number,
    uses: readonly ((answered: () => void) => Promise<void>)[],
  ): Promise<void> {
    const { child, url } = await spawnService(new URL('../main.ts', import.meta.url), {
      ...clinic.ground.env,
      ...SETTINGS,
      PUBLIC_URL: clinic.entrance.url,
      POD_NAME: `doomed-${randomUUID()}`,
      HASH_WAIT_MS: '13000',
    });
    clinic.entrance.lead(url);
    let count = 0;
    // what the kill has cut off ends with an error
    const ends = Promise.allSettled(uses.map((use) => use(() => void (count += 1))));
    await until(() => Promise.resolve(count >= answers), { what: 'answers before the kill', everyMs: 1 });
    child.kill('SIGKILL');
    await once(child, 'exit');
    await ends;
    clinic.entrance.lead(clinic.running.url);
  }

  it('answers no log-in without its entry, wherever it is killed', async () => {
    const accounts = await Promise.all(Array.from({ length: 6 }, () => addAccount(clinic)));
    const answered = new Map<string, number>();
    const logsIn =
      (account: TestAccount) =>
      async (one: () => void): Promise<void> => {
        while (await letsIn(clinic, clientId, account)) {
          answered.set(account.id, (answered.get(account.id) ?? 0) + 1);
          one();
        }
      };
    for (const answers of [4, 9]) await killedAfter(answers, accounts.map(logsIn));
    for (const { id } of accounts) {
      const count = answered.get(id) ?? 0;
      const isLogIn = (entry: AuditEntry): boolean =>
        about('account', id)(entry) && entry.action === 'log-in' && entry.outcome === 'granted';
      const granted = await queue.entries(isLogIn, count);
      expect(granted.length).toBeLessThanOrEqual(count + 2);
    }
  });

  it('changes no password without its entry, and writes none for one that did not change', async () => {
    const accounts = await Promise.all(Array.from({ length: 8 }, () => addAccount(clinic)));
    const changes = async (account: TestAccount, browser: Browser, one: () => void): Promise<void> => {
      const form = await browser.get(at('/account/password'));
      const { text } = await browser.submit(form, { current: PASSWORD, password: NEW_PASSWORD });
      if (text.includes('Your password has changed')) one();
    };
    const browsers = new Map<TestAccount, Browser>();
    for (const account of accounts)
      browsers.set(account, (await logInToApp(clinic, clientId, account)).browser);
    await killedAfter(
      3,
      [...browsers].map(
        ([account, browser]) =>
          (one: () => void) =>
            changes(account, browser, one),
      ),
    );
    for (const account of accounts) {
      const hasChanged = await letsIn(clinic, clientId, { ...account, password: NEW_PASSWORD });
      // the log-in above is its last entry: what was recorded before it is there by then
      const entries = await queue.entries(about('account', account.id), hasChanged ? 4 : 3);
      const changed = entries.filter(({ action }) => action === 'password-changed');
      expect([account.id, changed.length]).toEqual([account.id, hasChanged ? 1 : 0]);
    }
  });
});
