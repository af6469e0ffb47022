import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { testSubject } from '@careplane/kit/testing';
import { actor, inHours, openAccessScene, status } from '../../test/access-scene.ts';
import type { AccessScene } from '../../test/access-scene.ts';
import type { FhirAnswer } from '../../test/persons.ts';
import { compareAnchor } from './index.ts';
import type { Anchor } from './anchor.ts';
import type { LedgerEntry } from '@careplane/kit';

jest.setTimeout(60_000);

type Part = { readonly name: string; readonly valueId?: string; readonly valueCode?: string };

const partsOf = ({ body }: FhirAnswer, name: string): readonly (readonly Part[])[] =>
  ((body['parameter'] ?? []) as { name: string; part: Part[] }[])
    .filter((one) => one.name === name)
    .map(({ part }) => part);

const valueIn = (parts: readonly Part[] | undefined, name: string): string | undefined => {
  const found = parts?.find((part) => part.name === name);
  return found?.valueId ?? found?.valueCode;
};

/** An anchor in memory. */
function memoryAnchor(): Anchor & { readonly entries: Map<string, LedgerEntry> } {
  const entries = new Map<string, LedgerEntry>();
  return {
    entries,
    add(added) {
      for (const one of added) entries.set(one.patientId, one);
      return Promise.resolve();
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous
    async *all() {
      yield [...entries.values()];
    },
  };
}

const logger = { warn: () => undefined } as never;

describe('the erasure of a patient', () => {
  let scene: AccessScene;
  let ann = '';
  let bob = '';
  beforeAll(async () => {
    scene = await openAccessScene();
    scene.ground.subjects['second'] = testSubject({ id: 'second', role: 'compliance' });
  }, 120_000);
  afterAll(() => scene.ground.stop());
  beforeEach(async () => {
    ann = await scene.newPatient({ name: [{ family: 'Quellenbusch' }], birthDate: '1961-04-12' });
    bob = await scene.newPatient({ name: [{ family: 'Ohlendorf' }] });
  });

  const operate = (
    token: string,
    name: string,
    values: readonly object[] = [],
    patient = ann,
  ): Promise<FhirAnswer> =>
    scene.atIdentity(token, `POST Patient/${patient}/${name}`, {
      body: { resourceType: 'Parameters', ...(values.length > 0 ? { parameter: values } : {}) },
    });
  const because = (code: string): object => ({ name: 'reason', valueCode: code });
  const asked = async (patient = ann): Promise<string> => {
    const answer = await operate('compliance', '$erase', [because('patient-request')], patient);
    expect(answer.status).toBe(201);
    return valueIn(partsOf(answer, 'erasure')[0], 'id') ?? '';
  };
  const approved = async (patient = ann): Promise<string> => {
    const id = await asked(patient);
    const answer = await operate('second', '$approve-erasure', [{ name: 'erasure', valueId: id }], patient);
    expect(answer.status).toBe(200);
    return id;
  };
  const shown = async (patient = ann): Promise<readonly Part[] | undefined> =>
    partsOf(await scene.atIdentity('compliance', `GET Patient/$erasures?patient=${patient}`), 'erasure')[0];
  const erasures = () => scene.ground.erasure.erasures;
  const done = (service: string, erasureId: string, patientId = ann): Promise<unknown> =>
    scene.ground.tell('patient.erasure.done', { service, erasureId, patientId }, randomUUID());
  const dumped = async (): Promise<string> => {
    const { db } = scene.ground;
    const names = (await db.listCollections().toArray()).map(({ name }) => name);
    const all: [string, object[]][] = await Promise.all(
      names.map(async (name) => [name, await db.collection(name).find().toArray()]),
    );
    return JSON.stringify(all);
  };

  const proofIn = (anchor: { entries: Map<string, LedgerEntry> }, patient: string): string =>
    anchor.entries.get(patient)?.proof ?? '';
  /** Tells of an erasure as services do; with another proof, or of somebody else, it is not believed. */
  const restoreFrom = async (told: LedgerEntry): Promise<void> => {
    const { proof } = told;
    for (const another of [
      '',
      'x',
      proof.slice(1),
      `${proof.startsWith('A') ? 'B' : 'A'}${proof.slice(1)}`,
      proof.toLowerCase(),
    ])
      expect(await erasures().restore([{ ...told, proof: another }])).toBe(0);
    expect(await erasures().restore([{ ...told, patientId: randomUUID() }])).toBe(0);
    expect(await erasures().restore([told])).toBe(1);
  };

  it('is asked for with a reason by one, and approved by another one', async () => {
    expect(await status(operate('compliance', '$erase'))).toBe(400);
    expect(await status(operate('frontdesk', '$erase', [because('patient-request')]))).toBe(403);
    expect(await status(operate('compliance', '$erase', [because('patient-request')], randomUUID()))).toBe(
      404,
    );
    const id = await asked();
    expect(await status(operate('admin', '$erase', [because('unlawful')]))).toBe(409);
    const erasure = [{ name: 'erasure', valueId: id }];
    expect(await status(operate('compliance', '$approve-erasure', erasure))).toBe(409);
    expect(await status(operate('second', '$approve-erasure', erasure, bob))).toBe(404);
    expect(await erasures().eraseDue()).toBe(0);
    expect(await status(operate('admin', '$withdraw-erasure', erasure))).toBe(200);
    expect(await status(operate('second', '$approve-erasure', erasure))).toBe(409);
    expect(valueIn(await shown(), 'state')).toBe('withdrawn');
    expect(await status(operate('compliance', '$erase', [because('patient-request')]))).toBe(201);
  });

  it('waits for every legal hold: until it is lifted or has ended', async () => {
    expect(await status(operate('admin', '$place-legal-hold', [because('litigation')]))).toBe(403);
    const past = { name: 'until', valueInstant: '2020-01-01T00:00:00Z' };
    expect(await status(operate('compliance', '$place-legal-hold', [because('audit'), past]))).toBe(400);
    const placed = await operate('compliance', '$place-legal-hold', [because('litigation')]);
    const until = { name: 'until', valueInstant: inHours(1) };
    await operate('compliance', '$place-legal-hold', [because('audit'), until]);
    await approved();
    expect(await erasures().eraseDue()).toBe(0);
    const hold = [{ name: 'hold', valueId: valueIn(partsOf(placed, 'hold')[0], 'id') }];
    expect(await status(operate('compliance', '$lift-legal-hold', hold, bob))).toBe(404);
    expect(await status(operate('compliance', '$lift-legal-hold', hold))).toBe(200);
    expect(await status(operate('compliance', '$lift-legal-hold', hold))).toBe(404);
    expect(await erasures().eraseDue()).toBe(0);
    await scene.ground.db
      .collection('legal_holds')
      .updateOne({ patientId: ann, reason: 'audit' }, { $set: { until: new Date(0) } });
    expect(await erasures().eraseDue()).toBe(1);
    expect(await status(scene.atIdentity('frontdesk', `GET Patient/${ann}`))).toBe(404);
  });

  it('and a hold at the same moment: one of them comes first, and the other knows', async () => {
    for (let round = 0; round < 10; round += 1) {
      const patient = await scene.newPatient();
      await approved(patient);
      const [placed, erased] = await Promise.all([
        operate('compliance', '$place-legal-hold', [because('litigation')], patient),
        erasures().eraseDue(),
      ]);
      expect([placed.status, erased]).toEqual(placed.status === 201 ? [201, 0] : [404, 1]);
    }
  });

  it('leaves nothing but that there was one: keys, versions, relatives, consents, teams, visits, emergencies, public keys', async () => {
    const doc = scene.newPractitioner();
    const kept = { patient: { reference: `Patient/${ann}` }, name: [{ text: 'Otto Quellenbusch' }] };
    const related = { body: { resourceType: 'RelatedPerson', ...kept } };
    expect(await status(scene.atIdentity('frontdesk', 'POST RelatedPerson', related))).toBe(201);
    const changed = { resourceType: 'Patient', id: ann, name: [{ family: 'Quellenbusch-Ohl' }] };
    const headers = { 'if-match': 'W/"1"' };
    await scene.atIdentity('frontdesk', `PUT Patient/${ann}`, { body: changed, headers });
    await scene.consent(ann, { provision: { type: 'deny', actor: [actor(`Practitioner/${doc}`)] } });
    await scene.book(ann, doc);
    const reason = [{ name: 'reason', valueString: 'unconscious, no papers' }];
    expect(await status(operate(doc, '$break-glass', reason))).toBe(201);
    const { db } = scene.ground;
    await db.collection<{ _id: string }>('accounts').insertOne({
      ...{ _id: randomUUID(), role: 'patient', loginKey: randomUUID() },
      person: { type: 'Patient', id: ann },
    } as never);
    const publicKeys = db.collection('public_keys');
    for (const owner of [`Patient/${ann}`, `Patient/${bob}`]) {
      await publicKeys.insertOne({ owner, fingerprint: randomUUID(), from: new Date() });
      const turn = { _id: owner, uses: 1, createdAt: new Date() };
      await db.collection<{ _id: string }>('public_key_turns').insertOne(turn);
    }
    const told = scene.ground.events.length;
    const id = await approved();
    expect(await erasures().eraseDue()).toBe(1);
    expect(scene.ground.events.slice(told)).toEqual([
      { type: 'patient.erased', data: { erasureId: id, patientId: ann, proof: expect.any(String) } },
    ]);
    expect(scene.ground.audit.entries).toContainEqual(
      expect.objectContaining({ action: 'erase', entities: [{ type: 'Patient', id: ann }] }),
    );
    const left = JSON.parse(await dumped()) as [string, object[]][];
    const about = left.filter(([, all]) => JSON.stringify(all).includes(ann)).map(([name]) => name);
    expect(about.sort()).toEqual(['data_keys', 'erased_patients', 'erasures']);
    expect(await publicKeys.countDocuments({ owner: `Patient/${bob}` })).toBe(1);
    const keys = await db
      .collection('data_keys')
      .find({ subject: `Patient/${ann}` })
      .toArray();
    expect(keys.map(({ wrapped, destroyedAt }) => [wrapped as unknown, destroyedAt instanceof Date])).toEqual(
      [[undefined, true]],
    );
    const compliance = await scene.atIdentity('compliance', 'GET Patient/$emergency-access');
    expect(compliance.status).toBe(200);
  });

  it('is done when every service has said so, in any order and however often', async () => {
    const id = await approved();
    await erasures().eraseDue();
    await done('records', id);
    await done('records', id);
    expect(JSON.stringify(await shown())).toMatch(/waitsFor.*identity.*waitsFor.*appointments/);
    await erasures().finish();
    expect(valueIn(await shown(), 'state')).toBe('erasing');
    await done('appointments', id);
    expect(valueIn(await shown(), 'state')).toBe('done');
    await done('appointments', id);
    expect(valueIn(await shown(), 'state')).toBe('done');
  });

  it('is told again to services that do not answer', async () => {
    const id = await approved();
    await erasures().eraseDue();
    const told = (): number =>
      scene.ground.events.filter(({ data }) => (data as { erasureId?: string }).erasureId === id).length;
    await erasures().finish();
    expect(told()).toBe(1);
    await erasures().finish(new Date(Date.now() + 61_000));
    expect(told()).toBe(2);
  });

  it('does not wait for a service that is not of the clinic any more', async () => {
    const id = await approved();
    await erasures().eraseDue();
    for (const service of ['records', 'appointments']) await done(service, id);
    const { records } = erasures();
    await records.updateOne({ _id: id }, { $push: { left: `removed ${ann}` } as never });
    await erasures().finish();
    expect(valueIn(await shown(), 'state')).toBe('done');
  });

  it('covers all records of a human that were merged', async () => {
    const both = [
      { name: 'source-patient', valueReference: { reference: `Patient/${bob}` } },
      { name: 'target-patient', valueReference: { reference: `Patient/${ann}` } },
    ];
    const body = { resourceType: 'Parameters', parameter: both };
    expect(await status(scene.atIdentity('admin', 'POST Patient/$merge', { body }))).toBe(200);
    await approved();
    await erasures().eraseDue();
    for (const id of [ann, bob]) expect(await erasures().isErased(id)).toBe(true);
    expect(await status(scene.atIdentity('frontdesk', `GET Patient/${bob}`))).toBe(404);
  });

  it('is not undone by what comes late', async () => {
    await approved();
    await erasures().eraseDue();
    await scene.book(ann, scene.newPractitioner());
    expect(await scene.ground.db.collection('treatment_visits').countDocuments({ patientId: ann })).toBe(0);
    const body = { resourceType: 'RelatedPerson', patient: { reference: `Patient/${ann}` } };
    expect(await status(scene.atIdentity('frontdesk', 'POST RelatedPerson', { body }))).toBe(422);
  });

  it('is done again after the database was restored from before it, by the anchor or by what a service knows', async () => {
    const { db } = scene.ground;
    const names = ['patients', 'person_versions', 'data_keys', 'erasures', 'erased_patients'];
    for (const [patient, hasAnchor] of [
      [ann, true],
      [bob, false],
    ] as const) {
      const id = await approved(patient);
      const backup = await Promise.all(names.map((name) => db.collection(name).find().toArray()));
      await erasures().eraseDue();
      const anchor = memoryAnchor();
      await compareAnchor({ logger }, { erasures: erasures(), anchor });
      for (const [at, name] of names.entries()) {
        await db.collection(name).deleteMany({});
        const former = backup[at] ?? [];
        if (former.length > 0) await db.collection(name).insertMany(former);
      }
      expect(await status(scene.atIdentity('frontdesk', `GET Patient/${patient}`))).toBe(200);
      if (hasAnchor) await compareAnchor({ logger }, { erasures: erasures(), anchor });
      else await restoreFrom({ erasureId: id, patientId: patient, proof: proofIn(anchor, patient) });
      expect(await status(scene.atIdentity('frontdesk', `GET Patient/${patient}`))).toBe(404);
      expect(
        await db
          .collection('data_keys')
          .countDocuments({ subject: `Patient/${patient}`, wrapped: { $exists: true } }),
      ).toBe(0);
      expect(valueIn(await shown(patient), 'state')).toBe('erasing');
      expect(anchor.entries.has(patient)).toBe(true);
    }
  });
});
