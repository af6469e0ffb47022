import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { idsOf, MRN } from '../../test/persons.ts';
import { openWaltraudsClinic } from '../../test/waltraud.ts';
import type { WaltraudsClinic } from '../../test/waltraud.ts';

jest.setTimeout(60_000);

describe('writes of persons', () => {
  let clinic: WaltraudsClinic;
  let server: WaltraudsClinic['server'];
  let id: WaltraudsClinic['id'];
  let as: WaltraudsClinic['as'];
  let create: WaltraudsClinic['create'];
  beforeAll(async () => {
    clinic = await openWaltraudsClinic();
    ({ server, id, as, create } = clinic);
  }, 120_000);
  afterAll(() => clinic.stop());

  it('keep every version, and refuse an update against another one', async () => {
    const made = await create({ name: [{ text: 'first' }] });
    const put = (version: number, text: string) =>
      as('frontdesk', `PUT Patient/${made}`, {
        body: { resourceType: 'Patient', id: made, name: [{ text }] },
        headers: { 'if-match': `W/"${String(version)}"` },
      });
    expect((await put(1, 'second')).status).toBe(200);
    expect((await put(1, 'other')).status).toBe(412);
    const race = await Promise.all(['a', 'b', 'c', 'd'].map((text) => put(2, text)));
    expect(race.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
    const history = await as('admin', `GET Patient/${made}/_history`);
    expect(history.body['total']).toBe(3);
    const first = await as('admin', `GET Patient/${made}/_history/1`);
    expect(first.body['name']).toEqual([{ text: 'first' }]);
    expect((await as('admin', `GET Patient/${made}/_history/4`)).status).toBe(404);
    expect(idsOf(await as('admin', `GET Patient?name=first`))).not.toContain(made);
    expect(server.events.filter((event) => event.endsWith(made))).toEqual([`patient.registered ${made}`]);
  });

  it('take no id, no link and nothing that FHIR has not from a client', async () => {
    const body = {
      resourceType: 'Patient',
      id: 'mine',
      meta: { versionId: '7', lastUpdated: '2000-01-01T00:00:00Z' },
    };
    const made = await as('frontdesk', 'POST Patient', { body });
    expect(made.body['id']).not.toBe('mine');
    expect(made.body['meta']).toMatchObject({ versionId: '1' });
    const link = [{ other: { reference: `Patient/${id}` }, type: 'replaces' }];
    const linked = await as('frontdesk', 'POST Patient', { body: { resourceType: 'Patient', link } });
    expect([linked.status, JSON.stringify(linked.body)]).toEqual([
      400,
      expect.stringContaining('Patient.link'),
    ]);
    for (const over of [
      { password: 'x' },
      { role: 'admin' },
      { replacedBy: id },
      { access: { patient: [id] } },
    ]) {
      expect(
        (await as('frontdesk', 'POST Patient', { body: { resourceType: 'Patient', ...over } })).status,
      ).toBe(400);
    }
  });

  it('with an identifier of the clinic are one, whoever makes them at once, and also when one is changed to it', async () => {
    const value = randomUUID();
    const body = { resourceType: 'Patient', identifier: [{ system: MRN, value }] };
    const all = await Promise.all(Array.from({ length: 8 }, () => as('frontdesk', 'POST Patient', { body })));
    expect(all.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(7).fill(409)]);
    const other = await create();
    const changed = await as('frontdesk', `PUT Patient/${other}`, {
      body: { ...body, id: other },
      headers: { 'if-match': 'W/"1"' },
    });
    expect(changed.status).toBe(409);
    expect(idsOf(await as('frontdesk', `GET Patient?identifier=${value}`))).toHaveLength(1);
  });

  it('are made once by a conditional create and by an Idempotency-Key, however many ask at once', async () => {
    const value = randomUUID();
    const body = { resourceType: 'Patient', identifier: [{ system: 'urn:any', value }] };
    const headers = { 'if-none-exist': `identifier=urn:any|${value}` };
    const all = await Promise.all(
      Array.from({ length: 6 }, () => as('frontdesk', 'POST Patient', { body, headers })),
    );
    expect(all.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201]);
    expect(new Set(all.map((answer) => answer.body['id'])).size).toBe(1);
    const keyed = { 'idempotency-key': randomUUID() };
    const family = `Twice${randomUUID()}`;
    const named = { resourceType: 'Patient', name: [{ family }] };
    const [one, two] = [
      await as('frontdesk', 'POST Patient', { body: named, headers: keyed }),
      await as('frontdesk', 'POST Patient', { body: named, headers: keyed }),
    ];
    expect([one.status, two.status, two.body]).toEqual([201, 201, one.body]);
    expect(two.headers.get('idempotency-replayed')).toBe('true');
    expect(idsOf(await as('frontdesk', `GET Patient?family=${family}`))).toEqual([one.body['id']]);
    const other = await as('admin', 'POST Patient', { body: named, headers: keyed });
    expect([other.status, other.headers.get('idempotency-replayed')]).toEqual([201, null]);
    expect(other.body['id']).not.toBe(one.body['id']);
  });

  it('merge, stay readable by their links, and part again', async () => {
    const [source, target] = [
      await create({ active: true, name: [{ text: 's' }] }),
      await create({ name: [{ text: 't' }] }),
    ];
    const body = (from: string, to: string) => ({
      resourceType: 'Parameters',
      parameter: [
        { name: 'source-patient', valueReference: { reference: `Patient/${from}` } },
        { name: 'target-patient', valueReference: { reference: `Patient/${to}` } },
      ],
    });
    const merge = (from: string, to: string) => as('admin', 'POST Patient/$merge', { body: body(from, to) });
    expect((await as('frontdesk', 'POST Patient/$merge', { body: body(source, target) })).status).toBe(403);
    const both = await Promise.all([merge(source, target), merge(target, source)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    const [gone, kept] = both[0].status === 200 ? [source, target] : [target, source];
    const read = async (of: string) => (await as('admin', `GET Patient/${of}`)).body;
    expect(await read(gone)).toMatchObject({
      active: false,
      link: [{ other: { reference: `Patient/${kept}` }, type: 'replaced-by' }],
    });
    expect(await read(kept)).toMatchObject({
      link: [{ other: { reference: `Patient/${gone}` }, type: 'replaces' }],
    });
    expect((await merge(await create(), gone)).status).toBe(409);
    const changed = await as('frontdesk', `PUT Patient/${kept}`, {
      body: { ...(await read(kept)), gender: 'other' },
      headers: { 'if-match': 'W/"2"' },
    });
    expect(changed.status).toBe(200);
    expect((await as('admin', 'POST Patient/$unmerge', { body: body(kept, gone) })).status).toBe(404);
    expect((await as('admin', 'POST Patient/$unmerge', { body: body(gone, kept) })).status).toBe(200);
    expect(await read(gone)).not.toHaveProperty('link');
    expect((await read(gone))['active']).toBe(gone === source ? true : undefined);
    expect(await read(kept)).toMatchObject({ gender: 'other' });
    expect(await read(kept)).not.toHaveProperty('link');
    expect((await as('admin', 'POST Patient/$unmerge', { body: body(gone, kept) })).status).toBe(404);
  });
});
