import { randomBytes, randomUUID } from 'node:crypto';
import { cpSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createTestBindings } from '@careplane/kit/testing';
import type { TestBindings } from '@careplane/kit/testing';
import { until } from '@careplane/testing';
import { MongoClient } from 'mongodb';
import type { Db } from 'mongodb';
import { addAccount, addApp, letsIn, startOidc } from '../../test/oidc.ts';
import type { OidcGround, TestAccount } from '../../test/oidc.ts';

jest.setTimeout(120_000);

type Replica = Pick<OidcGround['running'], 'url' | 'log' | 'stop'>;

const DONE = 'keys: all accounts and apps are under the current keys';
const key = (): string => randomBytes(32).toString('base64');

describe('keys that are announced before they are used, while replicas read the Secret at different times', () => {
  let clinic: OidcGround;
  let client: MongoClient;
  let db: Db;
  let clientId: string;
  let secrets: Record<'before' | 'announced' | 'used' | 'after', Record<string, string>>;
  const replicas: Replica[] = [];
  const mounted: TestBindings[] = [];
  beforeAll(async () => {
    clinic = await startOidc();
    client = await MongoClient.connect(clinic.ground.mongod.uri);
    db = client.db('identity');
    clientId = (await addApp(clinic)).clientId;
    const before = clinic.ground.keys;
    const after = { keyEncryptionKey: key(), lookupKey: key() };
    secrets = {
      before,
      announced: { ...before, keyEncryptionKeyNext: after.keyEncryptionKey, lookupKeyNext: after.lookupKey },
      used: {
        ...after,
        keyEncryptionKeyPrevious: before.keyEncryptionKey,
        lookupKeyPrevious: before.lookupKey,
      },
      after,
    };
  }, 120_000);
  afterAll(async () => {
    for (const replica of replicas) await replica.stop();
    for (const bindings of mounted) bindings.remove();
    await client.close();
    await clinic.stop();
  });

  /** A replica with a mounted Secret of its own: what others read later does not reach it. */
  const start = async (phase: keyof typeof secrets): Promise<Replica> => {
    const bindings = createTestBindings();
    mounted.push(bindings);
    cpSync(clinic.ground.bindings.root, bindings.root, { recursive: true });
    bindings.write('identity-keys', secrets[phase]);
    const env = {
      PUBLIC_URL: clinic.entrance.url,
      HASH_WAIT_MS: '13000',
      UPKEEP_MS: '100',
      SERVICE_BINDING_ROOT: bindings.root,
    };
    const replica = await clinic.ground.start(env);
    replicas.push(replica);
    return replica;
  };
  const through = async <T>({ url }: Replica, work: () => Promise<T>): Promise<T> => {
    clinic.entrance.lead(url);
    return work();
  };
  const send = async (
    { url }: Replica,
    line: string,
    body?: unknown,
  ): Promise<{ status: number; body: Record<string, unknown> }> => {
    const [method = 'GET', path = ''] = line.split(' ');
    const authorization = `Bearer ${await clinic.adminToken()}`;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: JSON.parse(text === '' ? '{}' : text) as Record<string, unknown>,
    };
  };
  const registersOnce = async (one: Replica, other: Replica): Promise<void> => {
    const email = `${randomUUID()}@mail.example`;
    const add = async (replica: Replica): Promise<number> => {
      const body = { email, role: 'patient', person: `Patient/${randomUUID()}` };
      return (await send(replica, 'POST /admin/accounts', body)).status;
    };
    expect((await Promise.all([add(one), add(other)])).sort()).toEqual([201, 409]);
    expect([await add(one), await add(other)]).toEqual([409, 409]);
  };
  /** What either has made, the other one reads: accounts, tokens and persons. */
  const understand = async (one: Replica, other: Replica): Promise<TestAccount[]> => {
    const accounts: TestAccount[] = [];
    for (const [here, there] of [
      [one, other],
      [other, one],
    ] as const) {
      const account = await through(here, () => addAccount(clinic));
      accounts.push(account);
      const family = `Otter${randomUUID().slice(0, 8)}`;
      const patient = { resourceType: 'Patient', name: [{ family }] };
      const made = await through(here, () => send(here, 'POST /fhir/R4/Patient', patient));
      expect(made.status).toBe(201);
      // the token is of the replica `here`
      const found = await through(here, () => send(there, `GET /fhir/R4/Patient?family=${family}`));
      expect([found.status, JSON.stringify(found.body)]).toEqual([
        200,
        expect.stringContaining(made.body['id'] as string),
      ]);
      expect(await through(there, () => letsIn(clinic, clientId, account))).toBe(true);
      expect(await through(here, () => letsIn(clinic, clientId, account))).toBe(true);
    }
    return accounts;
  };
  const all: TestAccount[] = [];

  it('one knows of them, another one does not yet', async () => {
    const announced = await start('announced');
    all.push(...(await understand(clinic.running, announced)));
    await registersOnce(clinic.running, announced);
  });

  it('one uses them, another one knows of them', async () => {
    const [announced] = replicas;
    if (!announced) throw new Error('it runs');
    const used = await start('used');
    all.push(...(await understand(announced, used)));
    await registersOnce(announced, used);
    await until(() => Promise.resolve(used.log.text().includes(DONE)), { what: DONE });
  });

  it('one that reads the Secret late starts, and takes nothing back', async () => {
    const [, used] = replicas;
    if (!used) throw new Error('it runs');
    const sealed = async (): Promise<unknown> => [
      await db.collection('signing_keys').find().toArray(),
      await db.collection('key_checks').find().toArray(),
      await db
        .collection('accounts')
        .find({ _id: all[0]?.id as never })
        .toArray(),
      await db.collection('data_keys').find().toArray(),
    ];
    await until(async () => (await db.collection('data_keys').distinct('kek')).filter(Boolean).length === 1, {
      what: 'the data keys to be wrapped again',
    });
    const before = await sealed();
    const late = await start('announced');
    expect(await sealed()).toEqual(before);
    all.push(...(await understand(late, used)));
    await registersOnce(late, used);
  });

  it('one has lost the former ones: everything can be read, and nothing is left under these', async () => {
    const [, used] = replicas;
    if (!used) throw new Error('it runs');
    const first = await start('used');
    await until(() => Promise.resolve(first.log.text().includes(DONE)), { what: DONE });
    await until(async () => (await db.collection('data_keys').distinct('kek')).filter(Boolean).length === 1, {
      what: 'the data keys to be wrapped again',
    });
    const after = await start('after');
    await until(() => Promise.resolve(after.log.text().includes(DONE)), { what: DONE });
    expect(await db.collection('accounts').countDocuments({ 'loginKey.0': { $exists: true } })).toBe(0);
    for (const account of all)
      expect(await through(after, () => letsIn(clinic, clientId, account))).toBe(true);
    all.push(...(await understand(used, after)));
    await registersOnce(used, after);
  });
});
