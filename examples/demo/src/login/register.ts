import type { Connection } from '../client/connection.ts';
import type { DemoPatient } from '../data/clinic-data.ts';
import { Browser } from './browser.ts';
import type { Page, View } from './browser.ts';
import { alertsIn } from './form.ts';
import type { Credentials } from './pages.ts';

/** Somebody who registers. */
export interface Registration {
  readonly patient: DemoPatient;
  readonly login: Credentials;
}

/** Where the clinic's registration begins. */
const REGISTER_PATH = '/account/register';

function pageOf(view: View): Page {
  if ('left' in view) throw new Error('the registration led out of the clinic');
  if (view.status >= 400)
    throw new Error(`the registration is answered ${view.status}: ${alertsIn(view.html)}`);
  return view;
}

/**
 * Registers somebody as they would: the form, the e-mail, the link in it.
 * @param linkFor waits for the link of the e-mail that verifies an address
 */
export async function register(
  { url, fetch }: Pick<Connection, 'url' | 'fetch'>,
  { patient, login }: Registration,
  linkFor: (address: string) => Promise<URL>,
): Promise<void> {
  const browser = new Browser(fetch, url);
  const page = pageOf(await browser.open(new URL(REGISTER_PATH, url)));
  const form = page.forms.find(({ controls }) => controls.has('password'));
  if (form === undefined) throw new Error('there is no form to register with');
  const sent = pageOf(
    await browser.send(form, {
      email: login.username,
      password: login.password,
      given: patient.given,
      family: patient.family,
      birthDate: patient.birthDate,
      gender: patient.gender,
    }),
  );
  if (alertsIn(sent.html) !== '') throw new Error(`the registration is refused: ${alertsIn(sent.html)}`);
  const verification = pageOf(await browser.open(await linkFor(login.username)));
  // A link in an e-mail changes nothing by itself: mail programs open links, too; and who ordered it proves to be the same.
  const confirm = verification.forms.find(({ controls }) => controls.has('password'));
  if (confirm === undefined) throw new Error('the link leads to no form');
  const done = pageOf(await browser.send(confirm, { password: login.password }));
  if (alertsIn(done.html) !== '') throw new Error(`the registration is refused: ${alertsIn(done.html)}`);
}
