import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { addAccount, addApp, authorizationRequest, PASSWORD, startOidc } from '../../test/oidc.ts';
import type { OidcGround, TestAccount } from '../../test/oidc.ts';
import { accessesPage } from '../accesses/page.ts';
import { documentOf } from './layout.ts';

jest.setTimeout(120_000);

/** As the audit, which does not run here, would have it told. */
const ACCESSES = accessesPage(
  { patient: 'a', from: '', until: '2027-01-31', cursor: 'x' },
  [
    { id: 'a', label: 'Ann Lee' },
    { id: 'b', label: 'Ben Lee' },
  ],
  {
    language: 'de',
    accesses: (['granted', 'denied'] as const).map((result) => ({
      id: `of-${result}`,
      recorded: '2027-01-30T12:00:00.000Z',
      result,
      who: 'Dr. Wren',
      what: 'Angesehen: Diagnosen',
      why: 'Behandlung',
      outcome: result === 'granted' ? 'erlaubt' : 'abgelehnt',
      emergency: 'Notfallzugriff',
    })),
    next: 'y',
  },
);

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

describe('pages in chromium', () => {
  let clinic: OidcGround;
  let chrome: Browser;
  let clientId: string;
  /** Where apps are: a page that is there. */
  let back: string;
  beforeAll(async () => {
    clinic = await startOidc({}, { isPlain: true });
    chrome = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
    back = at('/account/assets/style.css');
    clientId = (await addApp(clinic, { redirectUris: [back] })).clientId;
  }, 120_000);
  afterAll(async () => {
    await chrome.close();
    await clinic.stop();
  });

  const at = (path: string): string => `${clinic.entrance.url}${path}`;
  const open = async (
    javaScriptEnabled: boolean,
    app?: string,
  ): Promise<{ context: BrowserContext; page: Page }> => {
    const context = await chrome.newContext({ javaScriptEnabled });
    const page = await context.newPage();
    if (app !== undefined) await page.goto(authorizationRequest(clinic, app, { redirect_uri: back }).url);
    return { context, page };
  };
  const faultsOf = async (page: Page): Promise<string[]> => {
    await page.evaluate(AXE);
    const run = `axe.run(document, { runOnly: ${JSON.stringify(WCAG)} })`;
    const { violations } = await page.evaluate<{
      violations: { id: string; nodes: { html: string }[] }[];
    }>(run);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
  };
  const logIn = async (page: Page, account: TestAccount): Promise<void> => {
    await page.fill('#username', account.email);
    await page.fill('#password', account.password);
    await page.click('button:has-text("Log in")');
  };

  it('logs somebody in without script, by the keyboard alone', async () => {
    const account = await addAccount(clinic);
    const { context, page } = await open(false, clientId);
    const isFocused = async (selector: string): Promise<boolean> =>
      (await page.locator(`${selector}:focus`).count()) === 1;
    for (let tabs = 0; tabs < 10 && !(await isFocused('#username')); tabs += 1)
      await page.keyboard.press('Tab');
    await page.keyboard.type(account.email);
    await page.keyboard.press('Tab');
    expect(await isFocused('#password')).toBe(true);
    await page.keyboard.type(account.password);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${back}*`);
    expect(new URL(page.url()).searchParams.get('code')).toBeTruthy();
    await context.close();
  });

  it('answers an app by a form, with script and without', async () => {
    for (const withScript of [true, false]) {
      const account = await addAccount(clinic);
      const { context, page } = await open(withScript);
      const request = { redirect_uri: back, response_mode: 'form_post' };
      const posted = page.waitForRequest((one) => one.method() === 'POST' && one.url() === back);
      await page.goto(authorizationRequest(clinic, clientId, request).url);
      await logIn(page, account);
      if (!withScript) await page.click('button:has-text("Continue")');
      const fields = new URLSearchParams((await posted).postData() ?? '');
      expect([fields.get('code'), fields.get('iss')]).toEqual([expect.any(String), clinic.entrance.url]);
      await context.close();
    }
  });

  it('breaks no rule of WCAG 2.2 AA that axe knows, in light and dark, with errors and without', async () => {
    const stranger = (await addApp(clinic, { firstParty: false, redirectUris: [back] })).clientId;
    const staff = await addAccount(clinic, { role: 'frontdesk', person: '' });
    const account = await addAccount(clinic);
    const faults: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      const { context, page } = await open(true, stranger);
      await page.emulateMedia({ colorScheme });
      const check = async (what: string): Promise<void> => {
        faults.push(...(await faultsOf(page)).map((fault) => `${colorScheme} ${what}: ${fault}`));
      };
      await check('log-in');
      await logIn(page, { ...account, password: 'wrong wrong wrong' });
      await check('log-in with an error');
      await logIn(page, staff);
      await check('set-up of the second step');
      await page.goto(authorizationRequest(clinic, stranger, { redirect_uri: back }).url);
      await logIn(page, account);
      await check('consent');
      await page.click('button:has-text("Allow")');
      await page.waitForURL(`${back}*`);
      for (const path of [
        '',
        '/register',
        '/reset',
        '/password',
        '/address',
        '/sessions',
        '/second-factor',
        '/delete',
      ]) {
        await page.goto(at(`/account${path}`));
        await check(path);
      }
      await page.setContent(documentOf(ACCESSES));
      await check('who saw my record');
      await page.goto(at('/account/register'));
      await page.evaluate("document.querySelector('form').noValidate = true");
      await page.click('button:has-text("Register")');
      await check('registration with errors');
      await page.goto(at('/oauth2/logout'));
      await check('log-out');
      await context.close();
    }
    expect(faults).toEqual([]);
  });

  it('adds a passkey, and logs in with it alone', async () => {
    const account = await addAccount(clinic);
    const { context, page } = await open(true, clientId);
    const cdp = await context.newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    await logIn(page, account);
    await page.waitForURL(`${back}*`);
    await page.goto(at('/account/second-factor'));
    await page.fill('#current-new-passkey', PASSWORD);
    await page.click('button:has-text("Add a passkey")');
    await page.waitForSelector('button:has-text("Remove My device")');
    await page.goto(at('/oauth2/logout'));
    await page.click('button:has-text("Log out")');
    await page.goto(authorizationRequest(clinic, clientId, { redirect_uri: back }).url);
    await page.click('button:has-text("Log in with a passkey")');
    await page.waitForURL(`${back}*`);
    expect(new URL(page.url()).searchParams.get('code')).toBeTruthy();
    await context.close();
  });
});
