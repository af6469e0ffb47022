import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { becomes, openAccessScene, status } from '../../test/access-scene.ts';
import type { AccessScene } from '../../test/access-scene.ts';
import type { FhirAnswer } from '../../test/persons.ts';

jest.setTimeout(60_000);

describe('access in an emergency', () => {
  let scene: AccessScene;
  let ann = '';
  let bob = '';
  let doc = '';
  beforeAll(async () => {
    scene = await openAccessScene();
  }, 120_000);
  afterAll(() => scene.ground.stop());
  beforeEach(async () => {
    ann = await scene.newPatient({ birthDate: '1961-04-12' });
    bob = await scene.newPatient({ birthDate: '1957' });
    doc = scene.newPractitioner();
  });

  const open = (token: string, patient: string, reason?: string): Promise<FhirAnswer> =>
    scene.atIdentity(token, `POST Patient/${patient}/$break-glass`, {
      body: {
        resourceType: 'Parameters',
        ...(reason === undefined ? {} : { parameter: [{ name: 'reason', valueString: reason }] }),
      },
    });
  const idsIn = ({ body }: FhirAnswer): unknown[] =>
    (body['parameter'] as { part: { name: string; valueId?: string }[] }[]).map(
      ({ part }) => part.find(({ name }) => name === 'id')?.valueId,
    );
  const BTG = { 'purpose-of-use': 'BTG' };

  it('is opened by a practitioner with a reason, told at once, for reading under that purpose only', async () => {
    const of = scene.ground.observe(ann);
    expect(await status(open(doc, ann))).toBe(400);
    expect(await status(open(doc, ann, 'short'))).toBe(400);
    expect(await status(open(bob, ann, 'I would like to know'))).toBe(403);
    expect(await status(open(doc, randomUUID(), 'unconscious, no papers'))).toBe(404);
    const opened = await open(doc, ann, 'unconscious, no papers');
    expect(opened.status).toBe(201);
    expect(scene.ground.events.at(-1)).toEqual({
      type: 'access.emergency',
      data: { grantId: expect.any(String), patientId: ann, practitionerId: doc },
    });
    await becomes(404, () => scene.atRecords(doc, `GET Observation/${of}`));
    expect(await status(scene.atRecords(doc, `GET Observation/${of}`, BTG))).toBe(200);
    // an emergency is nobody else's purpose
    expect(await status(scene.atRecords(bob, `GET Observation/${of}`, BTG))).toBe(403);
    const stored = await scene.ground.db.collection('emergencies').findOne({ patientId: ann });
    expect(JSON.stringify(stored)).not.toContain('unconscious');
  });

  it('is reviewed by compliance, once, and seen by the patient', async () => {
    const { emergencies } = scene.ground.facts;
    const waiting = await emergencies.unreviewed();
    await open(doc, ann, 'unconscious, no papers');
    expect(await emergencies.unreviewed()).toBe(waiting + 1);
    const list = async (token: string, query = ''): Promise<unknown[]> =>
      ((await scene.atIdentity(token, `GET Patient/$emergency-access${query}`)).body['parameter'] as
        unknown[] | undefined) ?? [];
    const own = await list(ann);
    expect(JSON.stringify(own)).toContain('unconscious, no papers');
    expect(await list(bob)).toEqual([]);
    expect(await list(bob, `?patient=${ann}`)).toEqual([]);
    expect(await status(scene.atIdentity(doc, 'GET Patient/$emergency-access'))).toBe(403);
    const unclear = await scene.atIdentity('compliance', 'GET Patient/$emergency-access?reviewed=no');
    expect(unclear.status).toBe(400);
    expect(JSON.stringify(unclear.body)).toContain('http.reviewed');
    const queue = (await list('compliance', `?reviewed=false&patient=${ann}`)) as {
      part: { name: string; valueId?: string }[];
    }[];
    const grant = queue[0]?.part.find(({ name }) => name === 'id')?.valueId;
    const review = (token: string): Promise<number> =>
      status(
        scene.atIdentity(token, 'POST Patient/$review-emergency-access', {
          body: {
            resourceType: 'Parameters',
            parameter: [
              { name: 'grant', valueId: grant },
              { name: 'outcome', valueCode: 'justified' },
            ],
          },
        }),
      );
    expect([await review('admin'), await review(ann), await review(doc)]).toEqual([403, 403, 403]);
    expect([await review('compliance'), await review('compliance')]).toEqual([200, 409]);
    expect(await list('compliance', `?reviewed=false&patient=${ann}`)).toEqual([]);
    expect(JSON.stringify(await list(ann))).toContain('justified');
  });

  it('is listed for its review before those that came later', async () => {
    const ids: unknown[] = [];
    for (let i = 0; i < 2; i += 1) ids.push(...idsIn(await open(doc, ann, 'unconscious, no papers')));
    const listed = async (query: string): Promise<unknown[]> =>
      idsIn(await scene.atIdentity('compliance', `GET Patient/$emergency-access?patient=${ann}${query}`));
    expect(await listed('&reviewed=false')).toEqual(ids);
    expect(await listed('')).toEqual(ids.toReversed());
  });

  it('is opened only so often by one practitioner within an hour, and nobody else is held back', async () => {
    for (let opened = 0; opened < 5; opened += 1)
      expect(await status(open(doc, ann, 'unconscious, no papers'))).toBe(201);
    const told = scene.ground.events.length;
    const refused = await open(doc, bob, 'unconscious, no papers');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '3600']);
    expect(JSON.stringify(refused.body)).toContain('call compliance');
    expect(scene.ground.events).toHaveLength(told);
    expect(await status(open(scene.newPractitioner(), bob, 'unconscious, no papers'))).toBe(201);
  });

  it('is opened no more often by who asks for all at once', async () => {
    const asked = Array.from({ length: 12 }, () => status(open(doc, ann, 'unconscious, no papers')));
    const answers = Map.groupBy(await Promise.all(asked), (one) => one);
    expect([answers.get(201)?.length, answers.get(429)?.length]).toEqual([5, 7]);
  });
});
