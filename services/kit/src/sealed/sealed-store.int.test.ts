import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { LOOKUP_KEY, startSealedGround, teamOf } from '../../test/sealed-ground.ts';
import type { SealedGround, SealedServer } from '../../test/sealed-ground.ts';
import type { FhirAnswer } from '../testing/index.ts';
import { KeysDoNotFit, requireKnownMarks, staleMarks, BlindIndex, withTransaction } from '../index.ts';

jest.setTimeout(60_000);

const idsOf = ({ body }: FhirAnswer): string[] =>
  ((body['entry'] ?? []) as { readonly resource: { readonly id: string } }[]).map(
    ({ resource }) => resource.id,
  );

const codeOf = ({ body }: FhirAnswer): unknown =>
  (body['issue'] as readonly { readonly code: string }[] | undefined)?.[0]?.code;

describe('a store of encrypted resources', () => {
  let ground: SealedGround;
  let server: SealedServer;
  beforeAll(async () => {
    ground = await startSealedGround();
    server = await ground.start();
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    await ground.stop();
  });

  const ask: SealedServer['ask'] = (line, options) => server.ask(line, options);
  const create = async (patient: string, over?: object): Promise<string> => {
    const made = await ask('POST CareTeam', { body: teamOf(patient, over) });
    expect(made.status).toBe(201);
    return String(made.body['id']);
  };
  const erase = (patient: string): Promise<number> =>
    withTransaction(server.mongo, (tx) => server.keys.destroy(`Patient/${patient}`, tx));

  it('keeps every version, and shows none of what they say', async () => {
    const id = await create('p1');
    const changed = teamOf('p1', { id, name: 'Wundteam', status: 'inactive' });
    const updated = await ask(`PUT CareTeam/${id}`, { body: changed, headers: { 'if-match': 'W/"1"' } });
    expect([updated.status, updated.headers.get('etag')]).toEqual([200, 'W/"2"']);
    expect((await ask(`GET CareTeam/${id}`)).body).toMatchObject({
      name: 'Wundteam',
      meta: { versionId: '2' },
    });
    expect((await ask(`GET CareTeam/${id}/_history/1`)).body['name']).toBe('Palliativteam Nord');
    expect(idsOf(await ask(`GET CareTeam/${id}/_history`))).toEqual([id, id]);
    const late = await ask(`PUT CareTeam/${id}`, { body: changed, headers: { 'if-match': 'W/"7"' } });
    expect(late.status).toBe(412);
    const moved = await ask(`PUT CareTeam/${id}`, { body: teamOf('p2', { id }) });
    expect([moved.status, JSON.stringify(moved.body)]).toEqual([
      400,
      expect.stringContaining('CareTeam.subject'),
    ]);
    const client = await MongoClient.connect(ground.mongod.uri);
    const dumped = await Promise.all(
      ['teams', 'teams_versions'].map((name) => client.db('teams').collection(name).find().toArray()),
    );
    await client.close();
    const bytes = dumped.flat().map((record) => JSON.stringify(record) + readable(record['body']));
    expect(bytes.length).toBeGreaterThan(1);
    expect(bytes.join().toLowerCase()).not.toMatch(/palliativ|wundteam/);
  });

  it('finds by blind index, by facts and within what the caller may see', async () => {
    const name = `Herzgruppe ${randomUUID()}`;
    const [own, other] = [await create('p1', { name }), await create('p2', { name, status: 'proposed' })];
    const search = async (query: string, as = 'all'): Promise<string[]> =>
      idsOf(await ask(`GET CareTeam?name:exact=${encodeURIComponent(name)}${query}`, { as })).sort();
    expect(await search('')).toEqual([own, other].sort());
    expect(await search('&status=proposed')).toEqual([other]);
    expect(await search('&patient=Patient/p1')).toEqual([own]);
    expect(await search('', 'p1')).toEqual([own]);
    expect(await search('', 'o1')).toEqual([own, other].sort());
    const counted = await ask(`GET CareTeam?_summary=count&name:exact=${encodeURIComponent(name)}`, {
      as: 'p2',
    });
    expect(counted.body['total']).toBe(1);
    const sorted = await ask(`GET CareTeam?_sort=-status&name:exact=${encodeURIComponent(name)}`);
    expect(idsOf(sorted)).toEqual([other, own]);
    expect(idsOf(await ask(`GET CareTeam?name=herzgruppe&patient=p2`))).toEqual([other]);
  });

  it('makes nothing about a patient who is not there', async () => {
    const refused = await ask('POST CareTeam', { body: teamOf('nobody') });
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([
      422,
      expect.stringContaining('unknown-patient'),
    ]);
    expect(await server.keys.records.count({ subject: 'Patient/nobody' })).toBe(0);
  });

  it('makes one of twenty that ask for the same at once', async () => {
    const name = `Zwillinge ${randomUUID()}`;
    const headers = { 'if-none-exist': `name:exact=${encodeURIComponent(name)}` };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ask('POST CareTeam', { body: teamOf('p1', { name }), headers })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(19).fill(200), 201]);
    expect(new Set(answers.map(({ body }) => body['id'])).size).toBe(1);
    await create('p1', { name });
    expect((await ask('POST CareTeam', { body: teamOf('p1', { name }), headers })).status).toBe(412);
  });

  it('answers a create that is repeated with what it made', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const again = (): Promise<FhirAnswer> => ask('POST CareTeam', { body: teamOf('p1'), headers });
    const [first, second] = [await again(), await again()];
    expect(second.body).toEqual(first.body);
    expect([second.status, second.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
  });

  it('deletes by a version that says so, and keeps the history', async () => {
    const id = await create('p1');
    expect((await ask(`DELETE CareTeam/${id}`, { headers: { 'if-match': 'W/"9"' } })).status).toBe(412);
    expect((await ask(`DELETE CareTeam/${id}`, { as: 'p2' })).status).toBe(404);
    expect((await ask(`DELETE CareTeam/${id}`, { as: 'p1' })).status).toBe(204);
    for (const line of [`GET CareTeam/${id}`, `GET CareTeam/${id}/_history/2`]) {
      const gone = await ask(line, { as: 'p1' });
      expect([gone.status, codeOf(gone)]).toEqual([410, 'deleted']);
      // it tells nobody that it was there
      expect((await ask(line, { as: 'p2' })).status).toBe(404);
      expect((await ask(line, { as: 'o1' })).status).toBe(410);
    }
    expect((await ask(`PUT CareTeam/${id}`, { body: teamOf('p1', { id }) })).status).toBe(410);
    expect((await ask(`DELETE CareTeam/${id}`, { as: 'p1' })).status).toBe(204);
    expect((await ask(`DELETE CareTeam/${id}`, { as: 'p2' })).status).toBe(404);
    expect(idsOf(await ask(`GET CareTeam?_id=${id}`))).toEqual([]);
    expect((await ask(`GET CareTeam/${id}/_history/1`)).body['name']).toBe('Palliativteam Nord');
    const history = await ask(`GET CareTeam/${id}/_history`, { as: 'p1' });
    expect(history.body).toMatchObject({
      total: 2,
      entry: [
        { request: { method: 'DELETE', url: `CareTeam/${id}` }, response: { status: '204', etag: 'W/"2"' } },
        { resource: { id, meta: { versionId: '1' } }, request: { method: 'POST' } },
      ],
    });
    expect((await ask(`GET CareTeam/${id}/_history`, { as: 'p2' })).status).toBe(404);
    expect((await ask(`DELETE CareTeam/${randomUUID()}`)).status).toBe(404);
  });

  it('leaves an entry of each write with the write, and of what was gone', async () => {
    const id = await create('p1');
    await ask(`PUT CareTeam/${id}`, { body: teamOf('p1', { id, name: 'x' }) });
    await ask(`DELETE CareTeam/${id}`);
    await ask(`GET CareTeam/${id}`);
    const entries = server.audit.entries.filter(({ entities }) => entities.some((one) => one.id === id));
    expect(entries.map(({ action, outcome, patient }) => [action, outcome, patient])).toEqual([
      ['create', 'granted', 'p1'],
      ['update', 'granted', 'p1'],
      ['delete', 'granted', 'p1'],
      ['read', 'failed', 'p1'],
    ]);
  });

  it('deletes or changes, and never half of both, when both are asked for at once', async () => {
    const id = await create('p1');
    const answers = await Promise.all([
      ask(`PUT CareTeam/${id}`, { body: teamOf('p1', { id, name: 'x' }), headers: { 'if-match': 'W/"1"' } }),
      ask(`DELETE CareTeam/${id}`, { headers: { 'if-match': 'W/"1"' } }),
    ]);
    const [changed, deleted] = answers.map(({ status }) => status);
    expect([
      [200, 412],
      [410, 204],
      [412, 204],
    ]).toContainEqual([changed, deleted]);
    const entries = (await ask(`GET CareTeam/${id}/_history`)).body['entry'] as object[];
    expect(entries).toHaveLength(2);
  });

  it('has nothing of an erased patient, and says so to who may know', async () => {
    const id = await create('p2', { name: 'Erasmus' });
    await ask(`PUT CareTeam/${id}`, { body: teamOf('p2', { id, name: 'Erasmus' }) });
    const kept = await create('p1', { name: 'Erasmus' });
    await erase('p2');
    for (const path of [id, `${id}/_history/1`, `${id}/_history/2`, `${id}/_history`]) {
      expect([path, (await ask(`GET CareTeam/${path}`, { as: 'p2' })).status]).toEqual([path, 410]);
      expect((await ask(`GET CareTeam/${path}`, { as: 'p1' })).status).toBe(404);
    }
    expect(idsOf(await ask('GET CareTeam?name=erasmus'))).toEqual([kept]);
    expect((await ask(`PUT CareTeam/${id}`, { body: teamOf('p2', { id }) })).status).toBe(410);
    const late = await ask('POST CareTeam', { body: teamOf('p2') });
    expect([late.status, JSON.stringify(late.body)]).toEqual([
      422,
      expect.stringContaining('unknown-patient'),
    ]);
  });

  it('makes its tokens anew under another lookup key, and refuses to start without the former one', async () => {
    const id = await create('p1', { name: 'Umzug' });
    const next = 'the next lookup key of the tests';
    const both = new BlindIndex([next, LOOKUP_KEY]);
    const replica = await ground.start([next, LOOKUP_KEY]);
    const found = (as: SealedServer): Promise<string[]> => as.ask('GET CareTeam?name=umzug').then(idsOf);
    expect(await found(replica)).toEqual([id]);
    expect(await staleMarks(replica.store.records, both)).toHaveLength(1);
    await expect(
      requireKnownMarks(replica.store.records, new BlindIndex([next]), 'CareTeam'),
    ).rejects.toThrow(KeysDoNotFit);
    expect(await replica.store.reindex({ signal: new AbortController().signal, batch: 2 })).toBeGreaterThan(
      2,
    );
    expect(await staleMarks(replica.store.records, both)).toEqual([]);
    await replica.stop();
    const alone = await ground.start([next]);
    await requireKnownMarks(alone.store.records, new BlindIndex([next]), 'CareTeam');
    expect(await found(alone)).toEqual([id]);
    await alone.stop();
    expect(await found(server)).toEqual([id]);
  });
});

/** A ciphertext's bytes as a text. */
function readable(body: unknown): string {
  return body === undefined ? '' : (body as { buffer: Buffer }).buffer.toString('latin1');
}
