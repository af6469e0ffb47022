/** Writes docs/images: the pages of a log-in as people see them, from a running identity in chromium. `node scripts/pictures.ts`, as root. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Page } from 'playwright-core';
import { addAccount, addApp, authorizationRequest, startOidc } from '../services/identity/test/oidc.ts';
import type { TestAccount } from '../services/identity/test/oidc.ts';

const FOLDER = join(import.meta.dirname, '../docs/images');
const VIEWPORT = { width: 720, height: 640 };
const SCOPES = 'openid fhirUser launch/patient offline_access patient/Appointment.crus patient/Patient.rs';

const clinic = await startOidc({ LOG_LEVEL: 'error' }, { isPlain: true });
const at = (path: string): string => `${clinic.entrance.url}${path}`;
const back = at('/account/assets/style.css');
const app = { name: 'My diary', redirectUris: [back], firstParty: false, scopes: SCOPES.split(' ') };
const { clientId } = await addApp(clinic, app);
const chrome = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });

async function openLogIn(): Promise<Page> {
  const page = await (await chrome.newContext({ viewport: VIEWPORT })).newPage();
  await page.goto(authorizationRequest(clinic, clientId, { redirect_uri: back, scope: SCOPES }).url);
  return page;
}

async function logIn(page: Page, { email, password }: TestAccount): Promise<void> {
  await page.fill('#username', email);
  await page.fill('#password', password);
  await page.click('button:has-text("Log in")');
}

async function keep(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(FOLDER, `${name}.png`), fullPage: true });
  console.log(`docs/images/${name}.png`);
}

await mkdir(FOLDER, { recursive: true });
try {
  const patient = await openLogIn();
  await keep(patient, 'log-in');
  await logIn(patient, await addAccount(clinic));
  await keep(patient, 'consent-to-scopes');
  await patient.click('button:has-text("Allow")');
  await patient.waitForURL(`${back}*`);
  await patient.goto(at('/account/sessions'));
  await keep(patient, 'sessions');
  const staff = await openLogIn();
  await logIn(staff, await addAccount(clinic, { role: 'frontdesk', person: '' }));
  await keep(staff, 'second-step');
} finally {
  await chrome.close();
  await clinic.stop();
}
