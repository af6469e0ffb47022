import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { actor, becomes, openAccessScene, PRIVACY, status } from '../../test/access-scene.ts';
import type { AccessScene } from '../../test/access-scene.ts';
import type { FhirAnswer } from '../../test/persons.ts';

jest.setTimeout(60_000);

describe('access of a proxy', () => {
  let scene: AccessScene;
  let ann = '';
  beforeAll(async () => {
    scene = await openAccessScene();
  }, 120_000);
  afterAll(() => scene.ground.stop());
  beforeEach(async () => {
    ann = await scene.newPatient({ birthDate: '1961-04-12' });
  });

  const proxyConsent = async (
    token: string,
    child: string,
    over: object = {},
    relationship: object = { coding: [{ code: 'MTH' }] },
  ): Promise<FhirAnswer> => {
    const related = await scene.atIdentity('frontdesk', 'POST RelatedPerson', {
      body: {
        resourceType: 'RelatedPerson',
        active: true,
        patient: { reference: `Patient/${child}` },
        relationship: [relationship],
      },
    });
    return scene.atIdentity(token, 'POST Consent', {
      body: {
        ...PRIVACY,
        patient: { reference: `Patient/${child}` },
        category: [
          { coding: [{ system: 'https://careplane.dev/fhir/CodeSystem/consent-category', code: 'proxy' }] },
        ],
        policyRule: { text: 'guardianship' },
        policy: [{ uri: 'https://clinic.example/guardians' }],
        provision: {
          type: 'permit',
          actor: [actor(`RelatedPerson/${related.body['id'] as string}`), actor(`Patient/${ann}`)],
        },
        ...over,
      },
    });
  };
  const noRule = { policyRule: undefined };

  it('begins with a Consent by the clinic, and ends by its withdrawal', async () => {
    const child = await scene.newPatient({ birthDate: `${String(new Date().getFullYear() - 5)}-01-01` });
    const of = scene.ground.observe(child);
    expect(await status(scene.atIdentity(ann, `GET Patient/${child}`))).toBe(404);
    const made = await proxyConsent('frontdesk', child, noRule);
    expect([made.status, made.body]).toEqual([201, expect.anything()]);
    await becomes(200, () => scene.atIdentity(ann, `GET Patient/${child}`));
    await becomes(200, () => scene.atRecords(ann, `GET Observation/${of}`));
    expect(await status(proxyConsent(ann, child, noRule))).toBe(403);
    const id = made.body['id'] as string;
    const withdrawn = { ...made.body, status: 'inactive' };
    const headers = { 'if-match': 'W/"1"' };
    expect(await status(scene.atIdentity(ann, `PUT Consent/${id}`, { body: withdrawn, headers }))).toBe(200);
    await becomes(404, () => scene.atIdentity(ann, `GET Patient/${child}`));
    await becomes(404, () => scene.atRecords(ann, `GET Observation/${of}`));
  });

  it('ended with the birthday', async () => {
    const grown = await scene.newPatient({ birthDate: '2000-01-01' });
    expect((await proxyConsent('frontdesk', grown, noRule)).status).toBe(201);
    expect(await status(scene.atIdentity(ann, `GET Patient/${grown}`))).toBe(404);
  });

  it('of who was named for a child ends with the birthday, in whatever words', async () => {
    const grown = await scene.newPatient({ birthDate: '2000-01-01' });
    const made = await proxyConsent('frontdesk', grown, noRule, { text: 'mother' });
    await becomes(200, () => scene.atIdentity(ann, `GET Patient/${grown}`)); // decided for an adult
    const decidedAt = { updatedAt: new Date('2017-12-31') };
    await scene.ground.db.collection('fhir_consents').updateOne({ id: made.body['id'] }, { $set: decidedAt });
    await becomes(404, () => scene.atIdentity(ann, `GET Patient/${grown}`));
  });
});
