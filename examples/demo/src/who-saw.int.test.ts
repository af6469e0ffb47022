import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { enterLocalClinic, openPatient } from '../testing/entered-clinic.ts';
import type { EnteredClinic } from '../testing/entered-clinic.ts';
import { openApp } from './login/app.ts';
import { Browser } from './login/browser.ts';
import type { Page, View } from './login/browser.ts';
import { logIn } from './login/log-in.ts';
import { answerPage } from './login/pages.ts';

const PASSWORD = 'kestrel orchard lantern 41';
const PAGE = '/account/accesses';
const APP = { clientId: 'own-audit', redirectUri: 'https://app.example/back' };

let whole: EnteredClinic;

beforeAll(async () => {
  whole = await enterLocalClinic();
  await whole.entered.administration.ensureApp({
    clientId: APP.clientId,
    name: 'Reads its own audit',
    type: 'public',
    redirectUris: [APP.redirectUri],
    scopes: ['openid', 'fhirUser', 'launch/patient', 'patient/AuditEvent.rs'],
    firstParty: true,
  });
}, 180_000);
afterAll(() => whole.stop(), 60_000);

/** A browser in which somebody has logged in to their account. */
async function browserOf(username: string, language = 'en'): Promise<Browser> {
  const { fetch, url } = whole.connection;
  const browser = new Browser((to, init) => {
    const headers = { ...(init.headers as Record<string, string>), 'accept-language': language };
    return fetch(to, { ...init, headers });
  }, url);
  let view: View = await browser.open(new URL('/account', url));
  for (let pages = 0; !isAt(view, '/account') && pages < 5; pages += 1) {
    const answer = answerPage(view as Page, { username, password: PASSWORD });
    if (!answer) throw new Error(`no answer to ${(view as Page).url.pathname}`);
    view = await browser.send(answer.form, answer.entries, answer.button);
  }
  expect((view as Page).html).toContain(`href="${PAGE}"`);
  return browser;
}

function isAt(view: View, path: string): boolean {
  return 'url' in view && view.url.pathname === path;
}

async function shown(browser: Browser, query = ''): Promise<Page> {
  const view = await browser.open(new URL(`${PAGE}${query}`, whole.connection.url));
  if ('left' in view) throw new Error('the browser has left the clinic');
  return view;
}

/** Ids of the AuditEvents of all pages, the newest first. */
async function listed(browser: Browser, query = ''): Promise<string[]> {
  const ids: string[] = [];
  let page = await shown(browser, query);
  for (;;) {
    expect(page.status).toBe(200);
    ids.push(...[...page.html.matchAll(/<tr id="([0-9a-f-]{36})"/g)].map(([, id = '']) => id));
    const next = /href="(\/account\/accesses\?[^"]*cursor=[^"&]+)"/.exec(page.html)?.[1];
    if (next === undefined) return ids;
    page = await shown(browser, next.slice(PAGE.length).replaceAll('&amp;', '&'));
  }
}

interface Event {
  readonly id: string;
  readonly outcome: string;
  readonly recorded: string;
}

/** The AuditEvents about a patient up to a moment, as the patient's own app finds them. */
async function eventsOf(username: string, before: string): Promise<Event[]> {
  const app = await openApp(whole.connection, APP.clientId);
  const entry = {
    app,
    redirectUri: APP.redirectUri,
    scope: 'openid fhirUser launch/patient patient/AuditEvent.rs',
  };
  const session = await logIn(whole.connection, entry, { username, password: PASSWORD });
  const found: Event[] = [];
  let url: string | undefined = `${whole.connection.url}/fhir/R4/AuditEvent?_count=20&date=lt${before}`;
  while (url !== undefined) {
    const answer: Response = await whole.connection.fetch(url, {
      headers: { authorization: `Bearer ${await session.token()}` },
    });
    expect(answer.status).toBe(200);
    const body = (await answer.json()) as {
      entry?: { resource: Event }[];
      link: { relation: string; url: string }[];
    };
    found.push(...(body.entry ?? []).map(({ resource }) => resource));
    url = body.link.find(({ relation }) => relation === 'next')?.url;
  }
  return found;
}

async function statusOf(path: string, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await whole.connection.fetch(`${whole.connection.url}${path}`, { headers });
  await answer.text();
  return answer.status;
}

describe('the page of who saw a record', () => {
  it('lists all that FHIR lists, page by page, granted and refused, and each look at itself', async () => {
    const { id, email, session } = await openPatient(whole.entered);
    const other = await openPatient(whole.entered);
    for (let n = 0; n < 60; n += 1)
      expect(await statusOf(`/fhir/R4/Patient/${id}`, await session.token())).toBe(200);
    expect(await statusOf(`/fhir/R4/Patient/${id}`, await other.session.token())).toBe(404);
    const browser = await browserOf(email);
    const text = await until(
      async () => {
        const { html } = await shown(browser);
        return html.includes('refused') ? html : undefined;
      },
      { what: 'the refused access on the page' },
    );
    expect(text).toContain('<td>You, with the app Careplane demo</td>');
    expect(text).toContain('<strong>refused</strong>');
    // what comes later is in neither
    const now = new Date().toISOString();
    const events = await eventsOf(email, now);
    const ids = events.map((event) => event.id);
    expect(ids.length).toBeGreaterThan(60);
    const onPages = await listed(browser);
    expect(onPages.filter((one) => ids.includes(one))).toEqual(ids);
    expect(new Set(onPages).size).toBe(onPages.length);
    // the looks at the page
    expect(onPages.length).toBeGreaterThan(ids.length);
  }, 120_000);

  it('speaks the language of the browser, is cut to days, and shows nobody else', async () => {
    const { id, email } = await openPatient(whole.entered);
    const other = await openPatient(whole.entered);
    const german = await browserOf(email, 'de-AT,de;q=0.8');
    const page = await shown(german);
    expect(page.html).toContain('<html lang="de">');
    expect(page.html).toContain('Wer meine Akte gesehen hat');
    expect(await listed(german, '?until=2020-01-01')).toEqual([]);
    expect(await listed(german, '?from=2999-01-01')).toEqual([]);
    expect((await listed(german, `?patient=${id}&from=2020-01-01`)).length).toBeGreaterThan(0);
    expect((await shown(german, `?patient=${other.id}`)).status).toBe(404);
    expect((await shown(german, '?cursor=forged')).status).toBe(400);
  }, 60_000);

  it('is for nobody who is not logged in', async () => {
    const { fetch, url } = whole.connection;
    const view = await new Browser(fetch, url).open(new URL(PAGE, url));
    expect('url' in view && view.url.pathname).toMatch(/^\/login/);
  });
});
