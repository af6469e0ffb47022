import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { actor, becomes, openAccessScene, PRIVACY, status } from '../../test/access-scene.ts';
import type { AccessScene } from '../../test/access-scene.ts';
import type { FhirAnswer } from '../../test/persons.ts';
import { auditedPatients } from '../access-facts/related-patients.ts';

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
    // whose audit the account's page shows
    const person = { type: 'Patient' as const, id: ann };
    const account = { _id: 'a', role: 'patient' as const, loginKey: 'x', createdAt: new Date(), person };
    const audited = (): Promise<string[]> => auditedPatients(scene.ground.facts, account);
    expect(await audited()).toEqual([ann]);
    const made = await proxyConsent('frontdesk', child, noRule);
    expect([made.status, made.body]).toEqual([201, expect.anything()]);
    await becomes(200, () => scene.atIdentity(ann, `GET Patient/${child}`));
    await becomes(200, () => scene.atRecords(ann, `GET Observation/${of}`));
    expect(await audited()).toEqual([ann, child]);
    expect(await status(proxyConsent(ann, child, noRule))).toBe(403);
    const id = made.body['id'] as string;
    const withdrawn = { ...made.body, status: 'inactive' };
    const headers = { 'if-match': 'W/"1"' };
    expect(await status(scene.atIdentity(ann, `PUT Consent/${id}`, { body: withdrawn, headers }))).toBe(200);
    await becomes(404, () => scene.atIdentity(ann, `GET Patient/${child}`));
    await becomes(404, () => scene.atRecords(ann, `GET Observation/${of}`));
    expect(await audited()).toEqual([ann]);
  });

  it('is not ended by the child, who changes their birth date', async () => {
    const birthDate = `${String(new Date().getFullYear() - 15)}-01-01`;
    const child = await scene.newPatient({ birthDate });
    const move = async (to: string, version: number): Promise<number> => {
      const { body } = await scene.atIdentity(child, `GET Patient/${child}`);
      const headers = { 'if-match': `W/"${String(version)}"` };
      return status(
        scene.atIdentity(child, `PUT Patient/${child}`, { body: { ...body, birthDate: to }, headers }),
      );
    };
    expect(await move(birthDate.replace('01-01', '01-02'), 1)).toBe(200);
    const made = await proxyConsent('frontdesk', child, noRule);
    expect(await move('2000-01-01', 2)).toBe(403);
    const end = { ...made.body, status: 'inactive' };
    const path = `PUT Consent/${made.body['id'] as string}`;
    await scene.atIdentity('frontdesk', path, { body: end, headers: { 'if-match': 'W/"1"' } });
    expect(await move('2000-01-01', 2)).toBe(200);
  });

  it('shares nothing of the patient, with nobody, and may end what is shared', async () => {
    const child = await scene.newPatient({ birthDate: `${String(new Date().getFullYear() - 15)}-01-01` });
    const denied = scene.ground.observe(child);
    await proxyConsent('frontdesk', child, noRule);
    await becomes(200, () => scene.atIdentity(ann, `GET Patient/${child}`));
    const code = (text: string): object => ({
      coding: [{ system: 'https://careplane.dev/fhir/CodeSystem/consent-category', code: text }],
    });
    const share = {
      ...noRule,
      ...{ patient: { reference: `Patient/${child}` }, category: [code('share')] },
      policy: [{ uri: 'https://clinic.example/sharing' }],
      provision: {
        type: 'permit',
        period: { end: '2999' },
        actor: [actor(`Patient/${ann}`), actor('Patient/accomplice')],
        data: [{ meaning: 'instance', reference: { reference: `Observation/${denied}` } }],
      },
    };
    expect(await status(scene.consent(ann, share))).toBe(403);
    const made = await scene.consent(child, share);
    expect(made.status).toBe(201);
    const put = (over: object): Promise<number> =>
      status(
        scene.atIdentity(ann, `PUT Consent/${String(made.body['id'])}`, {
          body: { ...made.body, ...over },
          headers: { 'if-match': 'W/"1"' },
        }),
      );
    expect(await put({ provision: { ...share.provision, period: { end: '3999' } } })).toBe(403);
    expect(await put({ status: 'inactive' })).toBe(200);
  });

  it('does not reach what the patient has denied: the proxy neither takes that back nor permits it', async () => {
    const child = await scene.newPatient({ birthDate: `${String(new Date().getFullYear() - 15)}-01-01` });
    const denied = scene.ground.observe(child, {
      meta: { security: [{ code: 'SEX' }] },
    });
    const made = await proxyConsent('frontdesk', child, noRule);
    await becomes(200, () => scene.atRecords(ann, `GET Observation/${denied}`));
    const securityLabel = [{ code: 'SEX' }];
    const rules = [
      { type: 'deny', securityLabel, actor: [actor(`Patient/${ann}`)] },
      { type: 'deny', securityLabel },
    ];
    for (const provision of rules) {
      const deny = await scene.consent(child, { provision });
      expect(deny.status).toBe(201);
      await becomes(404, () => scene.atRecords(ann, `GET Observation/${denied}`));
      const put = (token: string, over: object): Promise<number> =>
        status(
          scene.atIdentity(token, `PUT Consent/${deny.body['id'] as string}`, {
            body: { ...deny.body, ...over },
            headers: { 'if-match': 'W/"1"' },
          }),
        );
      expect(await put(ann, { status: 'inactive' })).toBe(403);
      expect(await put(ann, { provision: undefined })).toBe(403);
      const permit = { type: 'permit', securityLabel, actor: [actor(`Patient/${ann}`)] };
      const as = { patient: { reference: `Patient/${child}` }, provision: permit };
      expect(await status(scene.consent(ann, as))).toBe(403);
      expect(await status(scene.atRecords(ann, `GET Observation/${denied}`))).toBe(404);
      expect(await put(child, { status: 'inactive' })).toBe(200);
      await becomes(200, () => scene.atRecords(ann, `GET Observation/${denied}`));
    }
    // what is about others they decide for the patient
    const research = {
      patient: { reference: `Patient/${child}` },
      scope: { coding: [{ code: 'research' }] },
    };
    expect(await status(scene.consent(ann, research))).toBe(201);
    const end = { ...made.body, status: 'inactive' };
    const headers = { 'if-match': 'W/"1"' };
    expect(
      await status(scene.atIdentity(ann, `PUT Consent/${made.body['id'] as string}`, { body: end, headers })),
    ).toBe(200);
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
