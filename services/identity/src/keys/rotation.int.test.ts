import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { until } from '@careplane/testing';
import { Browser } from '../../test/browser.ts';
import { ADMIN_CLIENT_SECRET, ADMIN_PASSWORD } from '../../test/clinic.ts';
import { addAccount, addApp, authorizationRequest, letsIn, logInBy, startOidc } from '../../test/oidc.ts';
import type { OidcGround, TestAccount } from '../../test/oidc.ts';

jest.setTimeout(90_000);

const key = (): string => randomBytes(32).toString('base64');

describe('keys of identity', () => {
  let clinic: OidcGround;
  let account: TestAccount;
  let clientId: string;
  const first = { keyEncryptionKey: key(), lookupKey: key() };
  const write = (keys: Record<string, string>): void => {
    const admin = { adminPassword: ADMIN_PASSWORD, adminClientSecret: ADMIN_CLIENT_SECRET };
    clinic.ground.bindings.write('identity-keys', { type: 'secret', ...admin, ...keys });
  };
  beforeAll(async () => {
    clinic = await startOidc();
    account = await addAccount(clinic);
    ({ clientId } = await addApp(clinic));
  }, 120_000);
  afterAll(() => clinic.stop());

  const canLogIn = (): Promise<boolean> => letsIn(clinic, clientId, account);
  /** Another replica, with the secret as it is now, takes over behind the entrance. */
  const replica = async <T>(
    work: (running: Awaited<ReturnType<OidcGround['ground']['start']>>) => Promise<T>,
  ): Promise<T> => {
    const running = await clinic.ground.start({ PUBLIC_URL: clinic.entrance.url });
    clinic.entrance.lead(running.url);
    try {
      return await work(running);
    } finally {
      clinic.entrance.lead(clinic.running.url);
      await running.stop();
    }
  };

  it('that do not fit the data stop the service with a message that says what to do', async () => {
    const before = clinic.ground.keys;
    write({ ...before, keyEncryptionKey: key() });
    await expect(clinic.ground.start()).rejects.toThrow(
      /keyEncryptionKey does not fit the data.*keyEncryptionKeyPrevious/,
    );
    write({ ...before, lookupKey: key() });
    await expect(clinic.ground.start()).rejects.toThrow(/lookupKey does not fit the data/);
    write(before);
  });

  it('are both replaced without locking anybody out, and the former ones can then go', async () => {
    const { keyEncryptionKey, lookupKey } = clinic.ground.keys;
    write({ ...first, keyEncryptionKeyPrevious: keyEncryptionKey, lookupKeyPrevious: lookupKey });
    await replica(async ({ log }) => {
      expect(await canLogIn()).toBe(true);
      const token = await clinic.adminToken();
      const body = { email: account.email, role: 'patient', person: `Patient/${randomUUID()}` };
      expect((await clinic.call('POST /admin/accounts', { token, body })).status).toBe(409);
      await until(() => Promise.resolve(log.text().includes('under the current keys')), {
        what: 'the data to be moved',
      });
    });
    write(first);
    await replica(async () => {
      expect(await canLogIn()).toBe(true);
      const token = await clinic.adminToken();
      const body = { email: account.email.toUpperCase(), role: 'patient', person: `Patient/${randomUUID()}` };
      expect((await clinic.call('POST /admin/accounts', { token, body })).status).toBe(409);
    });
  });

  it('register apps by a binding, taken up and taken away without a restart', async () => {
    write(first);
    await replica(async () => {
      const app = {
        clientId: 'diary',
        name: 'Diary',
        type: 'public',
        redirectUris: ['https://app.example/callback'],
        scopes: ['openid'],
        firstParty: true,
      };
      const names = async (): Promise<string> =>
        JSON.stringify((await clinic.call('GET /admin/apps', { token: await clinic.adminToken() })).body);
      clinic.ground.bindings.write('clinic-apps', { type: 'secret', 'apps.json': JSON.stringify([app]) });
      await until(async () => (await names()).includes('diary'), { what: 'the app to be there' });
      const { left } = await logInBy(
        new Browser(clinic.entrance),
        authorizationRequest(clinic, 'diary', { scope: 'openid' }),
        account,
      );
      expect(left?.searchParams.get('code')).toBeTruthy();
      clinic.ground.bindings.write('clinic-apps', { type: 'secret', 'apps.json': 'not JSON' });
      clinic.ground.bindings.write('clinic-apps', { type: 'secret', 'apps.json': '[]' });
      await until(async () => !(await names()).includes('diary'), { what: 'the app to be gone' });
    });
  });
});
