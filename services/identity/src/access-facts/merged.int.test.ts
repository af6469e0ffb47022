import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { actor, becomes, openAccessScene, status } from '../../test/access-scene.ts';
import type { AccessScene } from '../../test/access-scene.ts';
import { idsOf } from '../../test/persons.ts';
import { wantsMessages } from '../consents/consents.ts';
import { CATEGORY_SYSTEM } from '../consents/meaning.ts';

jest.setTimeout(60_000);

describe('access to patients who were merged', () => {
  let scene: AccessScene;
  let source = '';
  let target = '';
  let doc = '';
  beforeAll(async () => {
    scene = await openAccessScene();
  }, 120_000);
  afterAll(() => scene.ground.stop());
  beforeEach(async () => {
    [source, target] = [await scene.newPatient(), await scene.newPatient()];
    doc = scene.newPractitioner();
  });

  const operate = (name: '$merge' | '$unmerge', from = source, to = target): Promise<number> =>
    status(
      scene.atIdentity('admin', `POST Patient/${name}`, {
        body: {
          resourceType: 'Parameters',
          parameter: [
            { name: 'source-patient', valueReference: { reference: `Patient/${from}` } },
            { name: 'target-patient', valueReference: { reference: `Patient/${to}` } },
          ],
        },
      }),
    );
  const reads = (token: string, of: string) => () => scene.atRecords(token, `GET Observation/${of}`);
  const denial = (of: string): ReturnType<AccessScene['consent']> =>
    scene.consent(of, { provision: { type: 'deny', actor: [actor(`Practitioner/${doc}`)] } });

  it('leads a visit with the source to the survivor, and parts them again', async () => {
    const [of, old] = [scene.ground.observe(target), scene.ground.observe(source)];
    await scene.book(source, doc);
    expect(await status(reads(doc, of)())).toBe(404);
    expect(await operate('$merge')).toBe(200);
    await becomes(200, reads(doc, of));
    expect(await status(reads(doc, old)())).toBe(200);
    const read = await scene.atIdentity(doc, `GET Patient/${source}`);
    expect(read.body['link']).toEqual([{ other: { reference: `Patient/${target}` }, type: 'replaced-by' }]);
    expect(await operate('$unmerge')).toBe(200);
    await becomes(404, reads(doc, of));
    expect(await status(reads(doc, old)())).toBe(200);
  });

  it('binds the survivor to what was withdrawn with the source, by way of several merges', async () => {
    const last = await scene.newPatient();
    const of = scene.ground.observe(last);
    await scene.book(last, doc);
    await becomes(200, reads(doc, of));
    expect((await denial(source)).status).toBe(201);
    expect([await operate('$merge'), await operate('$merge', target, last)]).toEqual([200, 200]);
    await becomes(404, reads(doc, of));
    expect(idsOf(await scene.atRecords(doc, 'GET Observation'))).toEqual([]);
    expect(await operate('$unmerge', target, last)).toBe(200);
    await becomes(200, reads(doc, of));
  });

  it('shows the account of either the records of both, while they are merged', async () => {
    const [of, old] = [scene.ground.observe(target), scene.ground.observe(source)];
    expect([await status(reads(source, of)()), await status(reads(target, old)())]).toEqual([404, 404]);
    expect(await operate('$merge')).toBe(200);
    await becomes(200, reads(source, of));
    await becomes(200, reads(target, old));
    expect(await status(scene.atIdentity(source, `GET Patient/${target}`))).toBe(200);
    const { subjects } = scene.ground;
    subjects['launched'] = { ...subjects[source], scopes: ['patient/*.rs'], patient: source } as never;
    expect(await status(reads('launched', of)())).toBe(200);
    expect(await operate('$unmerge')).toBe(200);
    await becomes(404, reads(source, of));
    expect(await status(reads('launched', of)())).toBe(404);
  });

  it('counts a visit that a practitioner books who treated the source', async () => {
    await scene.book(source, doc);
    expect(await operate('$merge')).toBe(200);
    await scene.book(target, doc, { by: doc });
    expect(await scene.ground.facts.visits.of(doc, new Date())).toHaveLength(2);
  });

  it('binds an app that reads for everybody, and messages', async () => {
    const of = scene.ground.observe(target);
    const { consents } = scene.ground.facts;
    expect(await status(reads('lab', of)())).toBe(200);
    await scene.consent(source, { provision: { type: 'deny', actor: [actor('Device/lab')] } });
    const category = [{ coding: [{ system: CATEGORY_SYSTEM, code: 'notifications-email' }] }];
    await scene.consent(source, { category, provision: { type: 'deny' } });
    expect(await operate('$merge')).toBe(200);
    await becomes(404, reads('lab', of));
    const [records = []] = await scene.ground.facts.persons.merges.recordsOf([target]);
    expect([await wantsMessages(consents, records), await wantsMessages(consents, [target])]).toEqual([
      false,
      true,
    ]);
  });
});
