import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { actor, becomes, openAccessScene, status } from '../../test/access-scene.ts';
import type { AccessScene } from '../../test/access-scene.ts';
import { idsOf } from '../../test/persons.ts';
import type { FhirAnswer } from '../../test/persons.ts';
import { CATEGORY_SYSTEM } from './meaning.ts';

jest.setTimeout(60_000);

const SHARE = {
  category: [{ coding: [{ system: CATEGORY_SYSTEM, code: 'share' }] }],
  policyRule: undefined,
  policy: [{ uri: 'https://clinic.example/sharing' }],
};
const data = (...ids: readonly string[]): object => ({
  data: ids.map((id) => ({ meaning: 'instance', reference: { reference: `Observation/${id}` } })),
});

describe('what a patient shares', () => {
  let scene: AccessScene;
  let ann = '';
  let doc = '';
  let shown = '';
  let other = '';
  beforeAll(async () => {
    scene = await openAccessScene();
  }, 120_000);
  afterAll(() => scene.ground.stop());
  beforeEach(async () => {
    ann = await scene.newPatient({ birthDate: '1961-04-12' });
    doc = scene.newPractitioner();
    shown = scene.ground.observe(ann);
    other = scene.ground.observe(ann);
  });

  const share = (provision: object, over: object = {}): Promise<FhirAnswer> =>
    scene.consent(ann, {
      ...SHARE,
      provision: {
        type: 'permit',
        actor: [actor(`Practitioner/${doc}`)],
        period: { end: '2999-12-31' },
        ...provision,
      },
      ...over,
    });
  const reads = (who: string, id = shown): Promise<FhirAnswer> =>
    scene.atRecords(who, `GET Observation/${id}`);

  it('is read, found and seen in its history by who it is shared with, and nothing else is', async () => {
    expect(await status(reads(doc))).toBe(404);
    expect(await status(share(data(shown)))).toBe(201);
    await becomes(200, () => reads(doc));
    expect(await status(reads(doc, other))).toBe(404);
    expect(await status(scene.atRecords(doc, `GET Observation/${shown}/_history`))).toBe(200);
    expect(await status(scene.atRecords(doc, `GET Observation/${other}/_history`))).toBe(404);
    for (const query of ['Observation', `Observation?_id=${shown},${other}`]) {
      expect(idsOf(await scene.atRecords(doc, `GET ${query}`))).toEqual([shown]);
    }
    expect(await status(scene.atIdentity(doc, `GET Patient/${ann}`))).toBe(404);
    expect(await status(reads(scene.newPractitioner()))).toBe(404);
  });

  it('ends with its revocation, and is listed by the patient until then', async () => {
    const made = await share(data(shown));
    await becomes(200, () => reads(doc));
    const listed = (): Promise<FhirAnswer> =>
      scene.atIdentity(ann, `GET Consent?category=share&status=active`);
    expect(idsOf(await listed())).toEqual([made.body['id']]);
    const revoked = { ...made.body, status: 'inactive' };
    const path = `Consent/${String(made.body['id'])}`;
    const headers = { 'if-match': 'W/"1"' };
    expect(await status(scene.atIdentity(ann, `PUT ${path}`, { body: revoked, headers }))).toBe(200);
    await becomes(404, () => reads(doc));
    expect(idsOf(await scene.atRecords(doc, 'GET Observation'))).toEqual([]);
    expect(idsOf(await listed())).toEqual([]);
  });

  it('is over after its day, and not begun before', async () => {
    expect(await status(share({ ...data(shown), period: { end: '2020-12-31' } }))).toBe(201);
    expect(await status(share({ ...data(shown), period: { start: '2998', end: '2999' } }))).toBe(201);
    expect(await status(share(data(other)))).toBe(201);
    await becomes(200, () => reads(doc, other));
    expect(await status(reads(doc))).toBe(404);
    expect(idsOf(await scene.atRecords(doc, 'GET Observation'))).toEqual([other]);
  });

  it('may be all of a type, and with an organization or another person', async () => {
    const bob = await scene.newPatient();
    const role = {
      resourceType: 'PractitionerRole',
      practitioner: { reference: `Practitioner/${doc}` },
      organization: { reference: `Organization/of-${doc}` },
    };
    expect(await status(scene.atIdentity('admin', 'POST PractitionerRole', { body: role }))).toBe(201);
    const all = { class: [{ code: 'Observation' }] };
    const shared = share({ ...all, actor: [actor(`Organization/of-${doc}`), actor(`Patient/${bob}`)] });
    expect(await status(shared)).toBe(201);
    for (const who of [doc, bob]) {
      await becomes(200, () => reads(who, other));
      expect(idsOf(await scene.atRecords(who, 'GET Observation')).sort()).toEqual([shown, other].sort());
    }
    expect(await status(scene.atIdentity(bob, `GET Patient/${ann}`))).toBe(404);
  });

  it('shows nothing of somebody else, whose resource it names', async () => {
    const foreign = scene.ground.observe(await scene.newPatient());
    expect(await status(share(data(foreign, shown)))).toBe(201);
    await becomes(200, () => reads(doc));
    expect(await status(reads(doc, foreign))).toBe(404);
    expect(idsOf(await scene.atRecords(doc, 'GET Observation'))).toEqual([shown]);
  });

  it.each<[string, object, string]>([
    ['no end', { period: undefined }, 'provision.period.end'],
    ['nobody', { actor: undefined }, 'provision.actor'],
    ['an app', { actor: [actor('Device/app')] }, 'provision.actor[0].reference'],
    ['a denial', { type: 'deny' }, 'provision.type'],
    ['neither resources nor types', { data: undefined }, 'provision.data'],
    ['both', { class: [{ code: 'Observation' }] }, 'provision.data'],
    [
      'what is no part of the record',
      { data: undefined, class: [{ code: 'Consent' }] },
      'provision.class[0]',
    ],
    [
      'a resource elsewhere',
      { data: [{ meaning: 'instance', reference: { reference: 'https://x.example/Observation/1' } }] },
      'provision.data[0].reference',
    ],
    [
      'what is related',
      { data: [{ meaning: 'related', reference: { reference: 'Observation/1' } }] },
      'provision.data[0].meaning',
    ],
    ['a provision within', { provision: [{ type: 'deny' }] }, 'provision.provision'],
  ])('is refused with %s, and its path', async (_, provision, path) => {
    const { status: code, body } = await share({ ...data(shown), ...provision });
    const issues = body['issue'] as { expression?: string[] }[];
    expect([code, issues[0]?.expression]).toEqual([400, [`Consent.${path}`]]);
  });

  it('has no policy of OPTIN or OPTOUT, which would be about everything', async () => {
    const { body } = await share(data(shown), { policyRule: { coding: [{ code: 'OPTIN' }] } });
    expect(JSON.stringify(body)).toContain('Consent.policyRule');
  });
});
