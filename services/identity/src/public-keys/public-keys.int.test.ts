import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { fingerprint, generateKey, generateSigningKey, publicKeyOf, signer } from '@careplane/documents';
import type { AuditEntry } from '@careplane/kit';
import { MongoClient } from 'mongodb';
import { openAccountsClinic } from '../../test/account-helpers.ts';
import type { AccountsClinic } from '../../test/account-helpers.ts';
import { openAuditQueue } from '../../test/audit-queue.ts';
import type { AuditQueue } from '../../test/audit-queue.ts';
import { addAccount, addApp, logInToApp } from '../../test/oidc.ts';
import type { JsonAnswer, TestAccount } from '../../test/oidc.ts';

jest.setTimeout(120_000);

const SCOPES = ['openid', 'fhirUser', 'launch/patient', 'patient/*.rs', 'user/*.rs', 'careplane/keys'];

let opened: AccountsClinic;
let queue: AuditQueue;
let clientId: string;
beforeAll(async () => {
  opened = await openAccountsClinic({ AUDIT_TRAIL: 'Required' });
  queue = await openAuditQueue(opened.clinic.ground.rabbit.uri);
  clientId = (await addApp(opened.clinic, { scopes: SCOPES })).clientId;
}, 120_000);
afterAll(async () => {
  await queue.close();
  await opened.stop();
});

interface Member extends TestAccount {
  readonly token: string;
}

async function member(scope = SCOPES.join(' ')): Promise<Member> {
  const account = await addAccount(opened.clinic);
  const { tokens } = await logInToApp(opened.clinic, clientId, account, { scope });
  return { ...account, token: String(tokens['access_token']) };
}
const hybrid = async (): Promise<{ kind: string; publicKey: string }> => ({
  kind: 'hybrid',
  publicKey: await publicKeyOf(await generateKey()),
});
const publish = ({ token }: Member, body: unknown): Promise<JsonAnswer> =>
  opened.clinic.call('POST /public-keys', { token, body });
const end = ({ token }: Member, id: unknown): Promise<JsonAnswer> =>
  opened.clinic.call(`POST /public-keys/${String(id)}/end`, { token });
const list = ({ token }: Member, ...owners: string[]): Promise<JsonAnswer> =>
  opened.clinic.call(`GET /public-keys?${owners.map((owner) => `owner=${owner}`).join('&')}`, { token });
const itemsOf = ({ body }: JsonAnswer): readonly Record<string, unknown>[] =>
  body['items'] as readonly Record<string, unknown>[];

describe('the directory of public keys', () => {
  it('has the keys that their owner has published, with fingerprints, and who has added them', async () => {
    const ann = await member();
    const key = await hybrid();
    const { verifierKey } = await signer(await generateSigningKey('ann'));
    const until = '2999-01-01T00:00:00.000Z';
    const made = await publish(ann, { ...key, until });
    expect([made.status, made.body]).toEqual([
      201,
      {
        ...key,
        ...{ owner: ann.person, until, fingerprint: fingerprint(key.publicKey) },
        ...{ id: expect.any(String), from: expect.any(String), addedBy: { client: clientId } },
      },
    ]);
    expect((await publish(ann, { kind: 'ed25519', publicKey: verifierKey })).status).toBe(201);
    expect(itemsOf(await list(ann, ann.person)).map(({ kind }) => kind)).toEqual(['hybrid', 'ed25519']);
  });

  it('takes a key once: the same again is the same, and nobody publishes the key of another', async () => {
    const [ann, eve] = [await member(), await member()];
    const key = await hybrid();
    const made = await publish(ann, key);
    const again = await publish(ann, key);
    expect([again.status, again.body['id']]).toEqual([200, made.body['id']]);
    expect((await publish(eve, key)).status).toBe(409);
    const atOnce = await hybrid();
    const both = await Promise.all([publish(ann, atOnce), publish(eve, atOnce)]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  it('ends a key for its owner alone, at once and for good, and still lists it', async () => {
    const [ann, eve] = [await member(), await member()];
    const key = await hybrid();
    const { body } = await publish(ann, key);
    expect((await end(eve, body['id'])).status).toBe(404);
    expect((await end(ann, randomUUID())).status).toBe(404);
    const ended = await end(ann, body['id']);
    expect(ended.status).toBe(200);
    expect(Date.parse(String(ended.body['until']))).toBeLessThanOrEqual(Date.now());
    expect((await end(ann, body['id'])).body).toEqual(ended.body);
    expect((await publish(ann, key)).status).toBe(409);
    expect(itemsOf(await list(ann, ann.person))).toEqual([ended.body]);
  });

  it('refuses what is no key, with its path', async () => {
    const ann = await member();
    const { publicKey } = await hybrid();
    const secret = await generateKey();
    for (const wrong of [
      { kind: 'hybrid', publicKey: 'age1pq1nothing' },
      { kind: 'x25519', publicKey },
      { kind: 'ed25519', publicKey },
      { kind: 'hybrid', publicKey: secret },
      { kind: 'hybrid', publicKey: `${publicKey} ` },
      { kind: 'ssh', publicKey },
      { kind: 'hybrid', publicKey, until: '2020-01-01T00:00:00Z' },
    ]) {
      const answer = await publish(ann, wrong);
      expect(answer.status).toBe(400);
      expect(JSON.stringify(answer.body)).toMatch(/"path":"body\.(publicKey|kind|until)"/);
      expect(JSON.stringify(answer.body)).not.toContain(secret);
    }
  });

  it('is asked for people by name, by who may read them, and names nobody else', async () => {
    const [ann, eve] = [await member(), await member()];
    await publish(ann, await hybrid());
    expect((await list(eve, ann.person)).status).toBe(404);
    expect((await list(eve, eve.person, ann.person)).status).toBe(404);
    const doctor = `Practitioner/${randomUUID()}`;
    const found = await list(eve, doctor, eve.person);
    expect([found.status, itemsOf(found)]).toEqual([200, []]);
    for (const owner of ['', 'Patient/*', 'Organization/1'])
      expect((await list(eve, owner)).status).toBe(400);
    expect((await list(eve)).status).toBe(400);
    const tooMany = Array.from({ length: 21 }, () => `Practitioner/${randomUUID()}`);
    expect((await list(eve, ...tooMany)).status).toBe(400);
    expect((await list({ ...eve, token: 'none' }, doctor)).status).toBe(401);
  });

  it('is changed by apps that were allowed to, alone', async () => {
    const ann = await member('openid fhirUser launch/patient patient/*.rs');
    const refused = await publish(ann, await hybrid());
    expect([refused.status, refused.body['detail']]).toEqual([403, 'The scope careplane/keys is missing']);
    const admin = { ...ann, token: await opened.clinic.adminToken() };
    expect((await publish(admin, await hybrid())).status).toBe(403);
    const entries = await queue.entries(
      ({ action, agent }) => action === 'public-key-added' && agent.account === ann.id,
      1,
    );
    expect(entries.map(({ outcome, reason }) => [outcome, reason])).toEqual([['denied', 'scope']]);
  });

  it('tells the owner of each addition and end by mail, and the audit, with every look-up', async () => {
    const ann = await member();
    const { body } = await publish(ann, await hybrid());
    await list(ann, ann.person);
    await end(ann, body['id']);
    const mails = await opened.mailbox.to(ann.email, 'public-key-ended');
    expect(mails.map(({ kind }) => kind)).toEqual(['public-key-added', 'public-key-ended']);
    const isAbout = ({ patient, action }: AuditEntry): boolean =>
      patient === ann.person.replace('Patient/', '') && /^(public-key|read)/.test(action);
    const entries = await queue.entries(isAbout, 3);
    expect(entries.map(({ action, outcome, entities }) => [action, outcome, entities.at(-1)])).toEqual([
      ['public-key-added', 'granted', { type: 'public-key', id: body['id'] }],
      ['read', 'granted', { type: 'public-key', count: 1 }],
      ['public-key-ended', 'granted', { type: 'public-key', id: body['id'] }],
    ]);
  });

  it('ends the keys of an account that is removed', async () => {
    const ann = await member();
    await publish(ann, await hybrid());
    const token = await opened.clinic.adminToken();
    expect((await opened.clinic.call(`DELETE /admin/accounts/${ann.id}`, { token })).status).toBe(204);
    const [key] = itemsOf(await list({ ...ann, token }, ann.person));
    expect(Date.parse(String(key?.['until']))).toBeLessThanOrEqual(Date.now());
  });

  it('takes twenty keys that are in use, and twenty additions an hour', async () => {
    const ann = await member();
    const made: JsonAnswer[] = [];
    for (let n = 0; n < 20; n += 1) {
      const publicKey = await publicKeyOf(await generateKey('x25519'));
      made.push(await publish(ann, { kind: 'x25519', publicKey }));
    }
    expect(new Set(made.map(({ status }) => status))).toEqual(new Set([201]));
    expect((await publish(ann, await hybrid())).status).toBe(429);
  });

  it('takes no more than twenty of who publishes several at once', async () => {
    const ann = await member();
    const client = await MongoClient.connect(opened.clinic.ground.mongod.uri);
    const known = Array.from({ length: 19 }, (_, n) => ({
      ...{ _id: randomUUID(), owner: ann.person, account: ann.id, client: clientId, kind: 'x25519' },
      ...{ publicKey: `key ${String(n)}`, fingerprint: randomUUID(), from: new Date() },
    }));
    await client.db('identity').collection<{ _id: string }>('public_keys').insertMany(known);
    await client.close();
    const keys = await Promise.all(Array.from({ length: 6 }, hybrid));
    const statuses = (await Promise.all(keys.map((key) => publish(ann, key)))).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([201, 409, 409, 409, 409, 409]);
  });
});
