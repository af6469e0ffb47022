import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { MongoClient } from 'mongodb';
import type { Collection } from 'mongodb';
import { addPasskey, createAuthenticator } from '../../test/authenticator.ts';
import type { Authenticator } from '../../test/authenticator.ts';
import type { Browser, View } from '../../test/browser.ts';
import { addAccount, addApp, logInToApp, PASSWORD, startOidc } from '../../test/oidc.ts';
import type { OidcGround } from '../../test/oidc.ts';
import type { AccountRecord } from '../accounts/account.ts';

jest.setTimeout(90_000);

const TAKEN = 'This passkey is registered with an account already';

describe('passkeys on real engines', () => {
  let clinic: OidcGround;
  let client: MongoClient;
  let accounts: Collection<AccountRecord>;
  let clientId: string;
  beforeAll(async () => {
    // Browsers know passkeys for names only: http://localhost
    clinic = await startOidc({}, { isPlain: true });
    client = await MongoClient.connect(clinic.ground.mongod.uri);
    accounts = client.db('identity').collection<AccountRecord>('accounts');
    clientId = (await addApp(clinic)).clientId;
  }, 120_000);
  afterAll(async () => {
    await client.close();
    await clinic.stop();
  });

  const loggedIn = async (): Promise<{ id: string; browser: Browser }> => {
    const account = await addAccount(clinic);
    const { browser } = await logInToApp(clinic, clientId, account);
    return { id: account.id, browser };
  };
  const open = (browser: Browser): Promise<View> =>
    browser.get(`${clinic.entrance.url}/account/second-factor`);
  const add = async (browser: Browser, authenticator: Authenticator): Promise<View> => {
    const page = await open(browser);
    return addPasskey(browser, page, { credential: authenticator.register(page), password: PASSWORD });
  };
  const passkeysOf = async (_id: string): Promise<number> =>
    (await accounts.findOne({ _id }))?.secondFactor?.passkeys?.length ?? 0;

  it('are of one account: another one does not get the same, nor the same one twice, and hears why', async () => {
    const authenticator = createAuthenticator();
    const [owner, other] = [await loggedIn(), await loggedIn()];
    expect((await add(owner.browser, authenticator)).text).toContain('Remove My device');
    for (const { browser } of [other, owner]) {
      const refused = await add(browser, authenticator);
      expect([refused.status, refused.text]).toEqual([400, expect.stringContaining(TAKEN)]);
    }
    expect([await passkeysOf(owner.id), await passkeysOf(other.id)]).toEqual([1, 0]);
  });

  it('go to one of two accounts that add the same at once', async () => {
    const authenticator = createAuthenticator();
    const people = [await loggedIn(), await loggedIn()];
    const statuses = await Promise.all(
      people.map(async ({ browser }) => (await add(browser, authenticator)).status),
    );
    expect(statuses.sort()).toEqual([200, 400]);
    const counts = await Promise.all(people.map(({ id }) => passkeysOf(id)));
    expect(counts.sort()).toEqual([0, 1]);
  });

  it('can be removed, from several accounts, and be added by another one', async () => {
    const authenticators = [createAuthenticator(), createAuthenticator()];
    for (const authenticator of authenticators) {
      const { id, browser } = await loggedIn();
      const page = await add(browser, authenticator);
      const form = page.forms.find(({ action }) => action.endsWith('/passkeys/remove'));
      await browser.submit(page, { current: PASSWORD }, form);
      expect(await passkeysOf(id)).toBe(0);
    }
    for (const authenticator of authenticators) {
      const { browser } = await loggedIn();
      expect((await add(browser, authenticator)).status).toBe(200);
    }
  });

  it('that two accounts have from before stop the start, with the command that lists them', async () => {
    const [owner, other] = [await loggedIn(), await loggedIn()];
    await add(owner.browser, createAuthenticator());
    const passkeys = (await accounts.findOne({ _id: owner.id }))?.secondFactor?.passkeys ?? [];
    await accounts.dropIndex('one_of_passkey');
    await accounts.updateOne({ _id: other.id }, { $set: { 'secondFactor.passkeys': passkeys } });
    await expect(clinic.ground.start()).rejects.toThrow(
      /one_of_passkey.*db\.getCollection\("accounts"\)\.aggregate\(.*secondFactor\.passkeys\.id/,
    );
    await accounts.updateOne({ _id: other.id }, { $unset: { secondFactor: '' } });
    const running = await clinic.ground.start();
    await running.stop();
  });
});
