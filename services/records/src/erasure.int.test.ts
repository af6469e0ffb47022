import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { declareTopology, sendEvent, takeEvent } from '@careplane/kit/testing';
import { until } from '@careplane/testing';
import { exampleOf, SECRET } from '../test/examples.ts';
import { startRecordsLab, treating } from '../test/records-lab.ts';
import type { Caller, RecordsLab } from '../test/records-lab.ts';
import { keyHolder, sealedCalls } from '../test/sealed-calls.ts';
import { KINDS } from './kinds/index.ts';

jest.setTimeout(60_000);

const IDENTITY = 'identity';

describe('of an erased patient', () => {
  let lab: RecordsLab;
  beforeAll(async () => {
    lab = await startRecordsLab({
      ERASURE_SETTLE_MS: '0',
      DATA_KEY_MAX_AGE_MS: '0',
      ERASURE_COMPARE_MS: '100',
    });
    await declareTopology(lab.rabbit.uri, { service: IDENTITY, consumes: ['patient.erasure.done'] });
  }, 120_000);
  afterAll(() => lab.stop());

  /** A patient of whom there is a record of each type, in two versions. */
  const recorded = async (): Promise<{ patient: string; doctor: Caller; paths: readonly string[] }> => {
    const patient = lab.patient();
    const doctor = await lab.caller('practitioner', treating(patient));
    const paths: string[] = [];
    for (const { type } of KINDS) {
      const made = await lab.ask(`POST ${type}`, doctor, { body: exampleOf(type, patient) });
      const path = `${type}/${String(made.body.id)}`;
      const body = { ...made.body, language: 'en' };
      const changed = await lab.ask(`PUT ${path}`, doctor, { body, headers: { 'if-match': 'W/"1"' } });
      expect([type, made.status, changed.status]).toEqual([type, 201, 200]);
      paths.push(path);
    }
    return { patient, doctor, paths };
  };
  const erase = async (patientId: string, erasureId: string = randomUUID()): Promise<string> => {
    await sendEvent(lab.rabbit.uri, 'patient.erased', { erasureId, patientId, proof: 'proof' });
    return erasureId;
  };
  const done = (): Promise<unknown> =>
    until(async () => (await takeEvent(lab.rabbit.uri, IDENTITY))?.data, { what: 'the end of the erasure' });
  /** Where there is something about a patient, by collection. */
  const leftOf = async (patient: string): Promise<string[]> => {
    const names = (await lab.database.listCollections().toArray()).map(({ name }) => name);
    const found: string[] = [];
    for (const name of names.filter((one) => !one.startsWith('system.'))) {
      const all = JSON.stringify(await lab.database.collection(name).find().toArray());
      if (all.includes(patient)) found.push(name);
    }
    return found.sort();
  };

  it('no header and no signature is left of what only recipients could read', async () => {
    const patient = lab.patient();
    const doctor = await lab.caller('practitioner', treating(patient));
    const [calls, holder] = [sealedCalls(lab), await keyHolder()];
    const id = await calls.stored(SECRET, doctor, { patient, to: [holder] });
    await calls.as(doctor).share(id, [holder.identity], [holder.recipient]);
    const additions = lab.database.collection('content_additions');
    expect(await additions.countDocuments({ content: id })).toBe(1);
    await erase(patient);
    await done();
    expect(await additions.countDocuments({ content: id })).toBe(0);
    await expect(calls.as(doctor).header(id)).rejects.toMatchObject({ status: 404 });
    await expect(calls.as(doctor).download(id)).rejects.toMatchObject({ status: 404 });
  });

  it('nothing is left but tombstones, nobody reads anything, and identity is told', async () => {
    const { patient, doctor, paths } = await recorded();
    const other = await recorded();
    const data = Buffer.from(`Befund: ${SECRET}`).toString('base64');
    const attachment = { contentType: 'text/plain', data };
    const document = { ...exampleOf('DocumentReference', patient), content: [{ attachment }] };
    expect((await lab.ask('POST DocumentReference', doctor, { body: document })).status).toBe(201);
    const blobs = (): Promise<number[]> =>
      Promise.all(
        ['contents', 'contents.files', 'contents.chunks'].map((name) =>
          lab.database.collection(name).countDocuments(),
        ),
      );
    const [before, ofPatient] = [await blobs(), { patient: `Patient/${patient}` }];
    const documents = await lab.database.collection('contents').countDocuments(ofPatient);
    expect(documents).toBeGreaterThan(0);
    const erasureId = await erase(patient);
    expect(await done()).toEqual({ erasureId, patientId: patient, service: 'records' });
    expect(await blobs()).toEqual(before.map((count) => count - documents));
    // the outbox has what was said, for a day: ids
    expect(await leftOf(patient)).toEqual(['data_keys', 'erased_patients', 'outbox']);
    const keys = await lab.database
      .collection('data_keys')
      .find({ subject: `Patient/${patient}` })
      .toArray();
    expect(keys.map(({ purpose, wrapped }) => [purpose as string, wrapped as unknown]).sort()).toEqual([
      ['documents', undefined],
      ['record', undefined],
    ]);
    for (const path of paths) {
      for (const at of [path, `${path}/_history/1`])
        expect([at, (await lab.ask(`GET ${at}`, doctor)).status]).toEqual([at, 404]);
    }
    const [kept = ''] = other.paths;
    expect((await lab.ask(`GET ${kept}`, other.doctor)).status).toBe(200);
    expect(lab.logs.text()).not.toContain(SECRET);
  });

  it('a late write makes no new key and no record, and whatever was written meanwhile goes with the next pass', async () => {
    const { patient, doctor } = await recorded();
    const erasureId = await erase(patient);
    await done();
    const late = await lab.ask('POST Observation', doctor, { body: exampleOf('Observation', patient) });
    expect(late.status).toBe(422);
    await lab.database.collection('observation').insertOne({ patientId: patient });
    await erase(patient, erasureId);
    expect(await done()).toEqual({ erasureId, patientId: patient, service: 'records' });
    expect(await leftOf(patient)).toEqual(['data_keys', 'erased_patients', 'outbox']);
  });

  it('who had no record yet gets none', async () => {
    const patient = lab.patient();
    await erase(patient);
    await done();
    const doctor = await lab.caller('practitioner', treating(patient));
    const late = await lab.ask('POST Observation', doctor, { body: exampleOf('Observation', patient) });
    expect(late.status).toBe(422);
  });

  it('a backup of before brings nothing back: what identity knows is erased again before anything is served', async () => {
    const { patient, doctor, paths } = await recorded();
    const [path = ''] = paths;
    const names = (await lab.database.listCollections().toArray()).map(({ name }) => name);
    const backup = await Promise.all(names.map((name) => lab.database.collection(name).find().toArray()));
    const erasureId = await erase(patient);
    await done();
    lab.identity.erased.set(patient, erasureId);
    await lab.end();
    for (const [at, name] of names.entries()) {
      await lab.database.collection(name).deleteMany({});
      const former = backup[at] ?? [];
      if (former.length > 0) await lab.database.collection(name).insertMany(former);
    }
    expect(await leftOf(patient)).toContain('observation');
    await lab.restart(() => ({}));
    // ready, and the key is destroyed already
    expect([410, 404]).toContain((await lab.ask(`GET ${path}`, doctor)).status);
    await done();
    expect((await lab.ask(`GET ${path}`, doctor)).status).toBe(404);
  });

  it('identity learns of it when its own database was restored', async () => {
    const patient = lab.patient();
    const erasureId = await erase(patient);
    await done();
    lab.identity.erased.clear();
    await until(() => Promise.resolve(lab.identity.erased.get(patient) === erasureId), {
      what: 'the report of the tombstone',
    });
  });
});
