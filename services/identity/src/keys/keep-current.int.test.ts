import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { until } from '@careplane/testing';
import { MongoClient } from 'mongodb';
import type { Collection } from 'mongodb';
import { ADMIN_CLIENT_SECRET, ADMIN_PASSWORD } from '../../test/clinic.ts';
import { addAccount, addApp, letsIn, startOidc } from '../../test/oidc.ts';
import type { OidcGround, TestAccount } from '../../test/oidc.ts';
import type { AccountRecord } from '../accounts/account.ts';

jest.setTimeout(90_000);

type Replica = OidcGround['running'];

const DONE = 'keys: all accounts and apps are under the current keys';
const NOT_DONE = 'keys: not everything is under the current keys';

describe('accounts and apps under a key that was replaced', () => {
  let clinic: OidcGround;
  let client: MongoClient;
  let accounts: Collection<AccountRecord>;
  let clientId: string;
  let replica: Replica | undefined;
  let keys: { keyEncryptionKey: string; lookupKey: string };
  beforeAll(async () => {
    clinic = await startOidc();
    client = await MongoClient.connect(clinic.ground.mongod.uri);
    accounts = client.db('identity').collection<AccountRecord>('accounts');
    clientId = (await addApp(clinic, { type: 'confidential' })).clientId;
    keys = clinic.ground.keys;
  }, 120_000);
  afterAll(async () => {
    await replica?.stop();
    await client.close();
    await clinic.stop();
  });

  /** A replica that reads the Secret with other keys, and the former ones beside them. */
  const rotate = async (): Promise<Replica> => {
    await replica?.stop();
    const key = (): string => randomBytes(32).toString('base64');
    const former = keys;
    keys = { keyEncryptionKey: key(), lookupKey: key() };
    clinic.ground.bindings.write('identity-keys', {
      type: 'secret',
      adminPassword: ADMIN_PASSWORD,
      adminClientSecret: ADMIN_CLIENT_SECRET,
      ...keys,
      keyEncryptionKeyPrevious: former.keyEncryptionKey,
      lookupKeyPrevious: former.lookupKey,
    });
    const env = { PUBLIC_URL: clinic.entrance.url, HASH_WAIT_MS: '13000', UPKEEP_MS: '100' };
    replica = await clinic.ground.start(env);
    clinic.entrance.lead(replica.url);
    return replica;
  };
  const says = ({ log }: Replica, text: string): Promise<unknown> =>
    until(() => Promise.resolve(log.text().includes(text)), { what: text });
  const left = async ({ adminUrl }: Replica, kind: string): Promise<string | undefined> => {
    const text = await (await fetch(`${adminUrl}/metrics`)).text();
    return new RegExp(`^careplane_sealed_values_left\\{kind="${kind}"\\} (\\d+)`, 'm').exec(text)?.[1];
  };
  const addressOf = async ({ id }: TestAccount): Promise<string> =>
    (await accounts.findOne({ _id: id }))?.sealedAddress ?? '';
  const setAddress = async ({ id }: TestAccount, sealedAddress: string): Promise<void> => {
    await accounts.updateOne({ _id: id }, { $set: { sealedAddress } });
  };

  it('that none opens are passed over, counted and told of, and it is not said to be done', async () => {
    const [lost, other] = [await addAccount(clinic), await addAccount(clinic)];
    const [mine, theirs] = [await addressOf(lost), await addressOf(other)];
    const appSecret = async (): Promise<unknown> =>
      client.db('identity').collection<{ _id: string }>('apps').findOne({ _id: clientId });
    const before = await appSecret();
    await setAddress(lost, theirs); // of another record: nothing opens it
    const running = await rotate();
    await says(running, NOT_DONE);
    expect(running.log.text()).toContain(lost.id);
    expect([await left(running, 'account'), await left(running, 'app')]).toEqual(['1', '0']);
    expect(await addressOf(other)).not.toBe(theirs);
    expect(await appSecret()).not.toEqual(before);
    expect(running.log.text()).not.toContain(DONE);
    await setAddress(lost, mine);
    await says(running, DONE);
    expect(await left(running, 'account')).toBe('0');
    expect(await addressOf(lost)).not.toBe(mine);
  });

  it('that a replica with the former key makes afterwards are moved, too', async () => {
    const running = await rotate();
    await says(running, DONE);
    const account = await addAccount(clinic);
    const sealed = await addressOf(account);
    const next = await rotate();
    await says(next, DONE);
    const moved = await addressOf(account);
    expect(moved).not.toBe(sealed);
    // as a replica would that has not read the Secret again: it seals under the former key
    await setAddress(account, sealed);
    await until(async () => (await addressOf(account)) !== sealed, { what: 'the next pass' });
  });

  it('of which the address is not known wait for their next log-in', async () => {
    const { clientId: web } = await addApp(clinic);
    const account = await addAccount(clinic);
    await accounts.updateOne({ _id: account.id }, { $unset: { sealedAddress: '' } });
    const running = await rotate();
    await says(running, NOT_DONE);
    expect(running.log.text()).not.toContain(DONE);
    expect(await letsIn(clinic, web, account)).toBe(true);
    await says(running, DONE);
    expect(await addressOf(account)).not.toBe('');
  });
});
