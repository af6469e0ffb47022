import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { addAccount, addApp, addPatient, startOidc } from '../../test/oidc.ts';
import type { OidcGround } from '../../test/oidc.ts';

jest.setTimeout(120_000);

const PACKAGE = createRequire(import.meta.url).resolve('fhirclient/package.json');
const LIBRARY = readFileSync(join(dirname(PACKAGE), 'build/fhir-client.js'), 'utf8');
const SCOPE = 'openid fhirUser launch/patient offline_access patient/*.rs';

describe('fhirclient in chromium', () => {
  let clinic: OidcGround;
  let chrome: Browser;
  beforeAll(async () => {
    clinic = await startOidc({}, { isPlain: true });
    chrome = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  }, 120_000);
  afterAll(async () => {
    await chrome.close();
    await clinic.stop();
  });

  const at = (path: string): string => `${clinic.entrance.url}${path}`;
  /** An app of two pages with the library as it is published; the browser alone knows it. */
  const serveApp = async (page: Page, clientId: string): Promise<void> => {
    const options = { clientId, scope: SCOPE, redirectUri: at('/app/index'), iss: at('/fhir/R4') };
    const launch = `FHIR.oauth2.authorize(${JSON.stringify({ ...options, pkceMode: 'required' })})`;
    const index =
      'FHIR.oauth2.ready().then((c) => { window.client = c; }, (e) => { window.failure = String(e); })';
    const html = (script: string): string =>
      `<!doctype html><title>An app</title><script>${LIBRARY}</script><script>${script}</script>`;
    const shown = { contentType: 'text/html; charset=utf-8' };
    await page.route(at('/app/launch'), (route) => route.fulfill({ ...shown, body: html(launch) }));
    await page.route(`${at('/app/index')}*`, (route) => route.fulfill({ ...shown, body: html(index) }));
  };

  it('logs in by code and PKCE, reads and searches, refreshes, and is logged out', async () => {
    const { clientId } = await addApp(clinic, {
      redirectUris: [at('/app/index')],
      origins: [clinic.entrance.url],
      postLogoutRedirectUris: [at('/app/launch')],
    });
    const account = await addAccount(clinic, { person: await addPatient(clinic) });
    const id = account.person.split('/')[1];
    const page = await (await chrome.newContext()).newPage();
    await serveApp(page, clientId);
    await page.goto(at('/app/launch'));
    await page.fill('#username', account.email);
    await page.fill('#password', account.password);
    await page.click('button:has-text("Log in")');
    await page.waitForURL(`${at('/app/index')}*`);
    // a route is not asked about the target of a redirect: the server has answered it, and knows no such page
    await page.goto(page.url());
    await page.waitForFunction('window.client ?? window.failure');
    expect(await page.evaluate('window.failure')).toBeUndefined();
    const seen = await page.evaluate<Record<string, unknown>>(`(async () => {
      const { client } = window;
      const token = () => client.state.tokenResponse.access_token;
      const before = token();
      const read = await client.patient.read();
      const found = await client.request('Patient?_id=' + client.patient.id);
      await client.refresh();
      const again = await client.request('Patient/' + client.patient.id);
      const refused = await client.request('Patient/nobody').then(() => 0, (error) => error.status);
      return {
        patient: client.patient.id, user: client.getFhirUser(), read: read.id, again: again.id, refused,
        found: found.entry.map(({ resource }) => resource.id), isNew: token() !== before,
        hint: client.state.tokenResponse.id_token,
      };
    })()`);
    const { hint, ...rest } = seen;
    expect(rest).toEqual({
      patient: id,
      user: account.person,
      read: id,
      again: id,
      refused: 404,
      found: [id],
      isNew: true,
    });
    const discovered = await clinic.call('GET /.well-known/openid-configuration');
    const out = new URL(discovered.body['end_session_endpoint'] as string);
    out.searchParams.set('id_token_hint', hint as string);
    await page.goto(out.href);
    await page.click('button[value="yes"]');
    await page.goto(at('/account'));
    expect(await page.locator('#username').count()).toBe(1);
  });
});
