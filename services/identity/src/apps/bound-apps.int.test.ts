import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { until } from '@careplane/testing';
import { MongoClient } from 'mongodb';
import { CALLBACK, addAccount, logInToApp, startOidc } from '../../test/oidc.ts';
import type { OidcGround, TestAccount } from '../../test/oidc.ts';

jest.setTimeout(90_000);

type Replica = OidcGround['running'];

const DIARY = {
  clientId: 'diary',
  name: 'Diary',
  type: 'public',
  redirectUris: [CALLBACK],
  scopes: ['openid', 'offline_access', 'user/*.rs'],
  firstParty: true,
};

describe('apps of the binding that are removed', () => {
  let clinic: OidcGround;
  let client: MongoClient;
  let account: TestAccount;
  let running: Replica;
  beforeAll(async () => {
    clinic = await startOidc({ BINDING_POLL_MS: '50' });
    running = clinic.running;
    client = await MongoClient.connect(clinic.ground.mongod.uri);
    account = await addAccount(clinic);
  }, 120_000);
  afterAll(async () => {
    await running.stop();
    await client.close();
    await clinic.stop();
  });

  const bind = (text: string): void => {
    clinic.ground.bindings.write('clinic-apps', { type: 'secret', 'apps.json': text });
  };
  /** A replica with the Secret as it is now. */
  const start = async (): Promise<Replica> => {
    const env = { PUBLIC_URL: clinic.entrance.url, HASH_WAIT_MS: '13000', BINDING_POLL_MS: '50' };
    const replica = await clinic.ground.start(env);
    clinic.entrance.lead(replica.url);
    return replica;
  };
  const restart = async (meanwhile: () => void): Promise<void> => {
    await running.stop();
    meanwhile();
    running = await start();
  };
  const isThere = async (): Promise<boolean> => {
    const { body } = await clinic.call('GET /admin/apps', { token: await clinic.adminToken() });
    return (body['items'] as { clientId: string }[]).some(({ clientId }) => clientId === 'diary');
  };
  const comes = (): Promise<unknown> => until(isThere, { what: 'the app to be there' });
  const logIn = async (): Promise<{ token: string; refresh: string }> => {
    const params = { scope: 'openid offline_access user/*.rs' };
    const { tokens } = await logInToApp(clinic, 'diary', account, params);
    return { token: tokens['access_token'] as string, refresh: tokens['refresh_token'] as string };
  };
  const status = async (token: string): Promise<number> =>
    (await clinic.call('GET /fhir/R4/Organization', { token })).status;
  const refreshBy = async (refresh: string): Promise<Record<string, unknown>> => {
    const fields = { grant_type: 'refresh_token', client_id: 'diary', refresh_token: refresh };
    return (await clinic.form('/oauth2/token', fields)).body;
  };
  const artifacts = (): Promise<number> =>
    client.db('identity').collection('oidc_artifacts').countDocuments({ clientId: 'diary' });

  beforeEach(async () => {
    bind(JSON.stringify([DIARY]));
    await comes();
  });

  it('while identity restarts end at the start, and have nothing left when they come again', async () => {
    const { token, refresh } = await logIn();
    expect([await status(token), (await artifacts()) > 0]).toEqual([200, true]);
    await restart(() => {
      bind('[]');
    });
    expect([await status(token), await artifacts(), await isThere()]).toEqual([401, 0, false]);
    bind(JSON.stringify([DIARY]));
    await comes();
    expect(await refreshBy(refresh)).toMatchObject({ error: 'invalid_grant' });
    expect(await status(token)).toBe(401);
    expect(await status((await logIn()).token)).toBe(200);
  });

  it('while it runs end, and with them what a replica gives them that has not seen it', async () => {
    const { token } = await logIn();
    bind('[]');
    await until(async () => (await status(token)) === 401 && (await artifacts()) === 0, {
      what: 'the app to end',
    });
    // what such a replica writes between the end and its own look
    await client
      .db('identity')
      .collection<{ _id: string; clientId: string; model: string }>('oidc_artifacts')
      .insertOne({ _id: 'RefreshToken:late', clientId: 'diary', model: 'RefreshToken' });
    await restart(() => undefined);
    expect(await artifacts()).toBe(0);
  });

  it('by a text that is wrong, or by none of a restart, do not end', async () => {
    const { token, refresh } = await logIn();
    await restart(() => {
      bind('not JSON');
    });
    expect([await status(token), (await artifacts()) > 0]).toEqual([200, true]);
    bind(JSON.stringify([DIARY]));
    await comes();
    await restart(() => undefined);
    expect(await refreshBy(refresh)).toHaveProperty('access_token');
  });
});
