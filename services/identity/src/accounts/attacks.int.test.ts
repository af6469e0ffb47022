import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openAccountsClinic } from '../../test/account-helpers.ts';
import type { AccountsClinic } from '../../test/account-helpers.ts';
import { Browser } from '../../test/browser.ts';
import type { View } from '../../test/browser.ts';
import { addAccount, addPatient, letsIn, logInToApp, PASSWORD } from '../../test/oidc.ts';

jest.setTimeout(90_000);

describe('attacks on accounts', () => {
  let opened: AccountsClinic;
  let clinic: AccountsClinic['clinic'];
  let mailbox: AccountsClinic['mailbox'];
  let clientId: string;
  beforeAll(async () => {
    opened = await openAccountsClinic();
    ({ clinic, mailbox, clientId } = opened);
  }, 120_000);
  afterAll(() => opened.stop());

  const at = (path: string): string => `${clinic.entrance.url}${path}`;
  const address = (): string => `w.${randomUUID()}@mail.example`;
  const register = async (email: string): Promise<void> => {
    const browser = new Browser(clinic.entrance);
    const person = { given: 'Waltraud', family: 'Quellenbusch', birthDate: '1961-04-12', gender: 'female' };
    const form = await browser.get(at('/account/register'));
    await browser.submit(form, { ...person, email, password: PASSWORD });
  };

  it('makes one account of a link that is used twice at once, and lets nobody guess at one without end', async () => {
    const [email, other] = [address(), address()];
    await register(email);
    await register(other);
    const [[mail], [guessed]] = [await mailbox.to(email), await mailbox.to(other)];
    const browsers = [new Browser(clinic.entrance), new Browser(clinic.entrance)];
    const pages = await Promise.all(browsers.map((browser) => browser.get(mail?.link ?? '')));
    const answers = await Promise.all(
      browsers.map((browser, at) => browser.submit(pages[at] as View, { password: PASSWORD })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 410]);
    expect(await letsIn(clinic, clientId, { email, password: PASSWORD })).toBe(true);
    const guesser = new Browser(clinic.entrance);
    const page = await guesser.get(guessed?.link ?? '');
    const statuses: number[] = [];
    for (let guess = 0; guess < 11; guess += 1)
      statuses.push((await guesser.submit(page, { password: 'not this one at all' })).status);
    expect(statuses).toEqual([...Array<number>(10).fill(400), 410]);
  });

  it('writes to the verified address, whatever patients write into their Patient', async () => {
    const account = await addAccount(clinic, { person: await addPatient(clinic) });
    const { tokens } = await logInToApp(clinic, clientId, account, { scope: 'openid user/Patient.cruds' });
    const token = tokens['access_token'] as string;
    const id = account.person.slice('Patient/'.length);
    const victim = address();
    const body = {
      resourceType: 'Patient',
      id,
      name: [{ given: ['Win https://evil.example now'] }],
      telecom: [{ system: 'email', value: victim, rank: 1 }],
    };
    const written = await clinic.entrance.fetch(at(`/fhir/R4/Patient/${id}`), {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/fhir+json',
        'if-match': 'W/"1"',
      },
      body: JSON.stringify(body),
    });
    expect([written.status, await written.text()]).toEqual([200, expect.anything()]);
    expect(await mailbox.contact(id)).toMatchObject({ email: account.email, givenName: '' });
  });
});
