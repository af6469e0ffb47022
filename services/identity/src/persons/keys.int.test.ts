import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { keyVersion, versionsInUse, withTransaction } from '@careplane/kit';
import { TextScanner, until } from '@careplane/testing';
import { ask, idsOf, KEY, LOOKUP_KEY, startPersonGround } from '../../test/persons.ts';
import type { PersonGround, PersonServer } from '../../test/persons.ts';

jest.setTimeout(60_000);

const secret = (): string => randomBytes(32).toString('base64');

describe('the keys of persons', () => {
  let ground: PersonGround;
  let running: PersonServer[] = [];
  const start = async (options?: Parameters<PersonGround['start']>[0]): Promise<PersonServer> => {
    const server = await ground.start(options);
    running.push(server);
    return server;
  };
  const stopAll = async (): Promise<void> => {
    await Promise.all(running.map((server) => server.stop()));
    running = [];
  };
  const create = async ({ url }: PersonServer, family: string): Promise<string> => {
    const body = { resourceType: 'Patient', name: [{ family }], birthDate: '1957-03-12' };
    const made = await ask(url, 'frontdesk', 'POST Patient', { body });
    expect(made.status).toBe(201);
    return made.body['id'] as string;
  };
  const familyOf = async ({ url }: PersonServer, id: string): Promise<unknown> => {
    const { status, body } = await ask(url, 'admin', `GET Patient/${id}`);
    return status === 200 ? (body['name'] as { family: string }[])[0]?.family : status;
  };
  const find = async ({ url }: PersonServer, family: string): Promise<string[]> =>
    idsOf(await ask(url, 'frontdesk', `GET Patient?family=${family}`));

  beforeAll(async () => {
    ground = await startPersonGround();
  }, 120_000);
  beforeEach(async () => {
    await stopAll();
    await ground.db.dropDatabase();
    ground.keys({ keyEncryptionKey: KEY, lookupKey: LOOKUP_KEY });
  });
  afterAll(async () => {
    await stopAll();
    await ground.stop();
  });

  it('wrap every data key again after a rotation, by several replicas at once, and may then lose the former one', async () => {
    const first = await start();
    const ids = await Promise.all(
      Array.from({ length: 30 }, (_, at) => create(first, `Family${String(at)}`)),
    );
    await stopAll();
    const next = secret();
    ground.keys({ keyEncryptionKey: next, keyEncryptionKeyPrevious: KEY, lookupKey: LOOKUP_KEY });
    const replicas = await Promise.all([start({ upkeepMs: 50 }), start({ upkeepMs: 50 })]);
    const [{ persons }] = replicas;
    await until(async () => (await versionsInUse(persons.protection.keys)).length === 1, {
      what: 're-wrapping',
    });
    expect(await versionsInUse(persons.protection.keys)).toMatchObject([
      { version: keyVersion(next), keys: 31 },
    ]);
    for (const replica of replicas) expect(await familyOf(replica, ids[7] ?? '')).toBe('Family7');
    const told = replicas
      .flatMap(({ audit }) => audit.entries)
      .filter(({ agent }) => agent.role === 'service');
    const kinds = Map.groupBy(told, ({ action }) => action);
    expect(kinds.get('keys-opened')?.[0]?.entities).toContainEqual(
      expect.objectContaining({ type: 'key-version', id: keyVersion(KEY) }),
    );
    // whoever begins first says so of all, the other one of what is left by then
    const counts = kinds.get('data-keys-rewrapped')?.map(({ entities }) => entities[0]?.count);
    expect(counts).toContain(31);
    await stopAll();
    ground.keys({ keyEncryptionKey: next, lookupKey: LOOKUP_KEY });
    expect(await familyOf(await start(), ids[29] ?? '')).toBe('Family29');
  });

  it('go on being wrapped again beside one that cannot be unwrapped, which keeps the former key in use', async () => {
    const first = await start();
    const ids = await Promise.all(['Quellenbusch', 'Nachtweih'].map((family) => create(first, family)));
    await stopAll();
    const keys = ground.db.collection<{ _id: string; wrapped: { buffer: Uint8Array } }>('data_keys');
    const damaged = await keys.findOne({ subject: `Patient/${ids[0] ?? ''}` } as never);
    if (!damaged) throw new Error('the key is there');
    const wrapped = Buffer.from(damaged.wrapped.buffer);
    wrapped[20] = (wrapped[20] ?? 0) ^ 1;
    await keys.updateOne({ _id: damaged._id }, { $set: { wrapped: wrapped as never } });
    const next = secret();
    ground.keys({ keyEncryptionKey: next, keyEncryptionKeyPrevious: KEY, lookupKey: LOOKUP_KEY });
    const after = await start({ upkeepMs: 50 });
    const inUse = (): ReturnType<typeof versionsInUse> => versionsInUse(after.persons.protection.keys);
    await until(async () => (await inUse()).some(({ keys: count }) => count === 2), { what: 're-wrapping' });
    expect(await familyOf(after, ids[1] ?? '')).toBe('Nachtweih');
    await until(() => Promise.resolve(after.log.text().includes('some cannot be unwrapped')), {
      what: 'the word about it',
    });
    expect(after.log.text()).toContain(damaged._id);
    const passes = (): number => after.log.text().split('some cannot be unwrapped').length;
    const seen = passes();
    await until(() => Promise.resolve(passes() > seen + 1), { what: 'more passes' });
    const rewrapped = after.audit.entries.filter(({ action }) => action === 'data-keys-rewrapped');
    expect(rewrapped.map(({ entities }) => entities)).toEqual([[{ type: 'data-key', count: 3 }]]);
    expect(await inUse()).toContainEqual({ version: keyVersion(KEY), keys: 1, examples: [damaged._id] });
  });

  it('that do not fit the data stop the service and say which one is missing', async () => {
    await create(await start(), 'Quellenbusch');
    await stopAll();
    ground.keys({ keyEncryptionKey: secret(), lookupKey: LOOKUP_KEY });
    await expect(start()).rejects.toThrow(
      `wrapped by version ${keyVersion(KEY)}; put that key into keyEncryptionKeyPrevious`,
    );
    ground.keys({ keyEncryptionKey: KEY, lookupKey: secret() });
    await expect(start()).rejects.toThrow('lookupKey does not fit the data: 1 records of type Patient');
    ground.keys({ keyEncryptionKey: KEY });
    await expect(start()).rejects.toThrow(
      'lookupKey, lookupKeyPrevious or lookupKeyNext is missing or short',
    );
  });

  it('by which persons are found rotate without losing anybody on the way', async () => {
    const first = await start();
    const [id, ...others] = [await create(first, 'Quellenbusch'), await create(first, 'Nachtweih')];
    const next = secret();
    ground.keys({ keyEncryptionKey: KEY, lookupKey: next, lookupKeyPrevious: LOOKUP_KEY });
    const second = await start({ upkeepMs: 50 });
    const fresh = await create(second, 'Quellenbusch');
    const stale = await create(first, 'Quellenbusch');
    const all = [id, fresh, stale].sort();
    // both replicas find what either has written, before and after it was indexed again
    await until(async () => (await find(first, 'quellen')).length === 3, { what: 'the former replica' });
    expect(await find(second, 'quellen')).toEqual(all);
    const { mark } = second.persons.protection.index;
    const records = ground.db.collection('patients');
    await until(
      async () =>
        (await records.countDocuments({ lookup: { $not: new RegExp(`^${mark.slice(0, 12)}`) } })) === 0,
      {
        what: 'upkeep',
      },
    );
    expect(await find(first, 'quellen')).toEqual(all);
    await stopAll();
    ground.keys({ keyEncryptionKey: KEY, lookupKey: next });
    const last = await start();
    expect(await find(last, 'quellen')).toEqual(all);
    expect(await find(last, 'nachtweih')).toEqual(others);
  });

  it('protect what a former release stored in plain, at the start of several replicas at once', async () => {
    const [createdAt, updatedAt] = [new Date('2026-01-02T03:04:05Z'), new Date('2026-02-03T04:05:06Z')];
    const telecom = [{ system: 'email', value: 'waltraud@mail.example' }];
    const shared = { version: 3, identifier: [], telecom, createdAt, updatedAt };
    const plain = Array.from({ length: 150 }, (_, at) => ({
      ...shared,
      _id: `p${String(at)}`,
      name: [{ family: `Quellenbusch${String(at)}`, given: ['W'] }],
      birthDate: '1957-03-12',
      gender: 'female',
    }));
    await ground.db.collection<{ _id: string }>('patients').insertMany(plain);
    const practitioners = ground.db.collection<{ _id: string }>('practitioners');
    await practitioners.createIndexes([{ key: { identifierKey: 1 }, name: 'identifier', unique: true }]);
    await practitioners.insertMany(
      ['a', 'b'].map((_id) => ({
        ...shared,
        _id,
        identifierKey: `urn:npi|${_id}`,
        identifier: [{ system: 'urn:npi', value: _id }],
        name: [{ family: 'Nachtweih', given: ['Ilse'] }],
        qualification: [{ code: { text: 'MD' } }],
      })),
    );
    const [one, other] = await Promise.all([start(), start()]);
    for (const server of [one, other]) {
      const { body, headers } = await ask(server.url, 'admin', 'GET Patient/p77');
      expect(headers.get('etag')).toBe('W/"3"');
      expect(body).toEqual({
        resourceType: 'Patient',
        id: 'p77',
        meta: { versionId: '3', lastUpdated: updatedAt.toISOString() },
        active: true,
        name: [{ family: 'Quellenbusch77', given: ['W'] }],
        telecom,
        gender: 'female',
        birthDate: '1957-03-12',
      });
      expect(await find(server, 'quellenbusch149')).toEqual(['p149']);
    }
    expect((await ask(one.url, 'admin', 'GET Practitioner/b')).body).toMatchObject({
      identifier: [{ system: 'urn:npi', value: 'b' }],
      qualification: [{ code: { text: 'MD' } }],
    });
    expect(await ground.db.collection('data_keys').countDocuments()).toBe(153);
    const scanner = new TextScanner(['Quellenbusch', '1957-03-12', 'mail.example', 'Nachtweih']);
    for (const name of ['patients', 'practitioners', 'data_keys']) {
      const documents = await ground.db.collection(name).find({}, { raw: true }).toArray();
      expect(documents.length).toBeGreaterThan(0);
      expect([...(await scanner.find(documents as unknown as Buffer[]))]).toEqual([]);
    }
  });

  it('refuse a ciphertext that was moved to another patient, version or field, or changed', async () => {
    const server = await start();
    const [id, other] = [await create(server, 'Quellenbusch'), await create(server, 'Nachtweih')];
    const put = await ask(server.url, 'frontdesk', `PUT Patient/${id}`, {
      body: { resourceType: 'Patient', id, name: [{ family: 'Anders' }] },
      headers: { 'if-match': 'W/"1"' },
    });
    expect(put.status).toBe(200);
    const records = ground.db.collection<{ _id: string; version: number; body: { buffer: Uint8Array } }>(
      'patients',
    );
    const [now, theirs] = [await records.findOne({ _id: id }), await records.findOne({ _id: other })];
    const former = await ground.db
      .collection<{ _id: string }>('person_versions')
      .findOne({ _id: `Patient/${id}/1` });
    if (!now || !theirs || !former) throw new Error('the records are there');
    const { key, body, subject } = former as unknown as { key: string; body: unknown; subject: string };
    const refused = async (fields: object): Promise<void> => {
      await records.updateOne({ _id: id }, { $set: fields as never });
      expect(await familyOf(server, id)).toBe(500);
      await records.replaceOne({ _id: id }, now);
      expect(await familyOf(server, id)).toBe('Anders');
    };
    await refused({ body });
    await refused({ body, version: 7 });
    const {
      key: theirKey,
      body: theirBody,
      subject: theirSubject,
    } = theirs as unknown as Record<string, unknown>;
    await refused({ key: theirKey });
    await refused({ key: theirKey, body: theirBody });
    await refused({ key: theirKey, body: theirBody, subject: theirSubject });
    const changed = Buffer.from(now.body.buffer);
    changed[20] = (changed[20] ?? 0) ^ 1;
    await refused({ body: changed });
    expect([key, subject]).toEqual([(now as unknown as { key: string }).key, `Patient/${id}`]);
    expect(server.log.text()).toContain('Tampered');
  });

  it('of an erased patient are destroyed, and with them every version and every relation', async () => {
    const server = await start();
    const [id, other] = [await create(server, 'Quellenbusch'), await create(server, 'Quellenbusch')];
    const related = await ask(server.url, 'frontdesk', 'POST RelatedPerson', {
      body: {
        resourceType: 'RelatedPerson',
        patient: { reference: `Patient/${id}` },
        name: [{ text: 'Otto' }],
      },
    });
    const { keys } = server.persons.protection;
    expect(await withTransaction(server.persons.mongo, (tx) => keys.destroy(`Patient/${id}`, tx))).toBe(1);
    expect(await familyOf(server, id)).toBe(404);
    expect((await ask(server.url, 'admin', `GET RelatedPerson/${related.body['id'] as string}`)).status).toBe(
      404,
    );
    expect((await ask(server.url, 'admin', `GET Patient/${id}/_history`)).status).toBe(404);
    expect(await find(server, 'quellenbusch')).toEqual([other]);
    const late = await ask(server.url, 'frontdesk', 'POST RelatedPerson', {
      body: { resourceType: 'RelatedPerson', patient: { reference: `Patient/${id}` } },
    });
    expect(late.status).toBeGreaterThanOrEqual(400);
    expect(await keys.records.count({ subject: `Patient/${id}`, wrapped: { $exists: true } })).toBe(0);
    // a rotation after it meets a key that cannot be wrapped again, and goes on
    await stopAll();
    const next = secret();
    ground.keys({
      keyEncryptionKey: next,
      keyEncryptionKeyPrevious: KEY,
      lookupKey: secret(),
      lookupKeyPrevious: LOOKUP_KEY,
    });
    const after = await start({ upkeepMs: 50 });
    const inUse = () => versionsInUse(after.persons.protection.keys);
    await until(async () => (await inUse()).length === 1, { what: 're-wrapping' });
    expect(await find(after, 'quellenbusch')).toEqual([other]);
  });
});
