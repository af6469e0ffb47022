import { randomUUID } from 'node:crypto';
import { until } from '@careplane/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { actor, becomes, inHours, openAccessScene, status } from '../../test/access-scene.ts';
import type { AccessScene } from '../../test/access-scene.ts';
import { idsOf } from '../../test/persons.ts';
import type { FhirAnswer } from '../../test/persons.ts';

jest.setTimeout(60_000);

const LABELLED = {
  meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'PSY' }] },
};

describe('access', () => {
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

  describe('of a practitioner', () => {
    it('begins with a booking and ends with its cancellation, whichever is told first and however often', async () => {
      const of = scene.ground.observe(ann);
      expect(await status(scene.atRecords(doc, `GET Observation/${of}`))).toBe(404);
      const appointmentId = randomUUID();
      await scene.book(ann, doc, { appointmentId });
      await scene.book(ann, doc, { appointmentId });
      await becomes(200, () => scene.atRecords(doc, `GET Observation/${of}`));
      expect(await status(scene.atIdentity(doc, `GET Patient/${ann}`))).toBe(200);
      expect(await status(scene.atIdentity(doc, `GET Patient/${bob}`))).toBe(404);
      const cancelled = {
        appointmentId,
        patientId: ann,
        practitionerId: doc,
        start: inHours(24),
        reason: 'pat',
      };
      await scene.ground.tell('appointment.cancelled', cancelled, randomUUID());
      await becomes(404, () => scene.atRecords(doc, `GET Observation/${of}`));
      await scene.book(ann, doc, { appointmentId });
      const late = randomUUID();
      await scene.ground.tell('appointment.cancelled', { ...cancelled, appointmentId: late }, randomUUID());
      await scene.book(ann, doc, { appointmentId: late });
      await becomes(404, () => scene.atRecords(doc, `GET Observation/${of}`));
    });

    it('is for an organization while they work for it: a role whose period is over counts no more', async () => {
      await scene.book(ann, doc);
      const provision = { type: 'deny', actor: [actor('Organization/ward')] };
      expect(await status(scene.consent(ann, { provision }))).toBe(201);
      const role = (period: object): Promise<FhirAnswer> =>
        scene.atIdentity('admin', 'POST PractitionerRole', {
          body: {
            resourceType: 'PractitionerRole',
            practitioner: { reference: `Practitioner/${doc}` },
            organization: { reference: 'Organization/ward' },
            period,
          },
        });
      expect(await status(role({ start: '2019', end: '2020-01-31' }))).toBe(201);
      await becomes(200, () => scene.atIdentity(doc, `GET Patient/${ann}`));
      expect(await status(role({ start: '2019' }))).toBe(201);
      await becomes(404, () => scene.atIdentity(doc, `GET Patient/${ann}`));
    });

    it('is not had by a visit that they book themselves, unless they treat the patient already', async () => {
      const other = scene.newPractitioner();
      const sees = async (who: string): Promise<boolean> =>
        (await status(scene.atIdentity(who, `GET Patient/${ann}`))) === 200;
      await scene.book(ann, doc, { by: doc });
      await scene.book(ann, other, { by: doc });
      expect([await sees(doc), await sees(other)]).toEqual([false, false]);
      const appointmentId = randomUUID();
      await scene.book(ann, doc, { appointmentId });
      await becomes(200, () => scene.atIdentity(doc, `GET Patient/${ann}`));
      await scene.book(ann, other, { by: doc });
      await becomes(200, () => scene.atIdentity(other, `GET Patient/${ann}`));
      // one's own follow-up goes on when the visit before it does not take place
      await scene.book(ann, doc, { by: doc });
      const visit = { appointmentId, patientId: ann, practitionerId: doc, start: inHours(24), reason: 'pat' };
      await scene.ground.tell('appointment.cancelled', visit, randomUUID());
      const { visits } = scene.ground.facts;
      expect((await visits.of(doc, new Date())).map(({ patientId }) => patientId)).toEqual([ann]);
    });

    it('is judged by the moment of the booking, in whatever order the events come', async () => {
      const at = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);
      const other = scene.newPractitioner();
      await scene.book(ann, other, { by: doc, at: at(-1) });
      await scene.book(ann, doc, { by: doc, at: at(-2) });
      await scene.book(ann, doc, { by: doc, at: at(-4) });
      const seen = async (who: string): Promise<number> =>
        (await scene.ground.facts.visits.of(who, new Date())).length;
      expect([await seen(doc), await seen(other)]).toEqual([0, 0]);
      await scene.book(ann, doc, { at: at(-3) });
      expect([await seen(doc), await seen(other)]).toEqual([2, 1]);
    });

    it('goes on by a visit that who is in the care team books', async () => {
      const body = {
        resourceType: 'CareTeam',
        subject: { reference: `Patient/${ann}` },
        participant: [{ member: { reference: `Practitioner/${doc}` }, period: { end: inHours(1) } }],
      };
      expect(await status(scene.atIdentity('frontdesk', 'POST CareTeam', { body }))).toBe(201);
      await scene.book(ann, doc, { by: doc, at: new Date(Date.now() + 2 * 3_600_000) });
      const { visits } = scene.ground.facts;
      expect(await visits.of(doc, new Date())).toEqual([]);
      await scene.book(ann, doc, { by: doc });
      // and with it the other one, which was booked while this one lasts
      expect(await visits.of(doc, new Date())).toHaveLength(2);
    });

    it('is given by a care team until its end, by the front desk and not by themselves', async () => {
      const team = (over: object = {}): object => ({
        resourceType: 'CareTeam',
        status: 'active',
        subject: { reference: `Patient/${ann}` },
        participant: [{ member: { reference: `Practitioner/${doc}` }, period: { end: inHours(1) } }],
        ...over,
      });
      const of = scene.ground.observe(ann);
      expect(await status(scene.atIdentity(doc, 'POST CareTeam', { body: team() }))).toBe(403);
      const endless = team({ participant: [{ member: { reference: `Practitioner/${doc}` } }] });
      const refused = await scene.atIdentity('frontdesk', 'POST CareTeam', { body: endless });
      expect([refused.status, JSON.stringify(refused.body)]).toEqual([
        400,
        expect.stringContaining('CareTeam.participant[0].period.end'),
      ]);
      expect(await status(scene.atIdentity('frontdesk', 'POST CareTeam', { body: team() }))).toBe(201);
      expect(await status(scene.atRecords(doc, `GET Observation/${of}`))).toBe(200);
      const ended = team({ period: { end: inHours(-1) } });
      expect(
        await status(
          scene.atIdentity('frontdesk', 'POST CareTeam', {
            body: { ...ended, subject: { reference: `Patient/${bob}` } },
          }),
        ),
      ).toBe(201);
      const other = scene.ground.observe(bob);
      expect(await status(scene.atRecords(doc, `GET Observation/${other}`))).toBe(404);
    });
  });

  describe('by a patient’s consent', () => {
    it('ends within 100 ms of the withdrawal, in another service', async () => {
      const of = scene.ground.observe(ann);
      await scene.book(ann, doc);
      const { body, headers } = await scene.consent(ann, {});
      const withdrawn = {
        ...body,
        provision: { type: 'deny', actor: [actor(`Practitioner/${doc}`)] },
      };
      const read = (): Promise<number> => status(scene.atRecords(doc, `GET Observation/${of}`));
      for (let i = 0; i < 5; i += 1) await read();
      expect(await read()).toBe(200);
      // Questions go on all the time, so that facts are cached when the withdrawal comes.
      let last = 0;
      let denied = 0;
      const asking = (async (): Promise<void> => {
        while (denied < 50) {
          const begun = performance.now();
          if ((await read()) === 200) last = begun;
          else denied += 1;
        }
      })();
      const changed = await scene.atIdentity(ann, `PUT Consent/${body['id'] as string}`, {
        body: withdrawn,
        headers: { 'if-match': headers.get('etag') ?? '' },
      });
      const effective = performance.now();
      expect(changed.status).toBe(200);
      await asking;
      expect(last - effective).toBeLessThanOrEqual(100);
      expect(await read()).toBe(404);
      const search = await scene.atRecords(doc, 'GET Observation?_total=accurate');
      expect(idsOf(search)).not.toContain(of);
    });

    it('is about classes: what is denied is not found, counted or read, and the rest is', async () => {
      await scene.book(ann, doc);
      const [plain, psychiatric] = [scene.ground.observe(ann), scene.ground.observe(ann, LABELLED)];
      const made = await scene.consent(ann, {
        provision: { type: 'deny', securityLabel: [{ code: 'PSY' }] },
      });
      expect(made.status).toBe(201);
      await becomes(404, () => scene.atRecords(doc, `GET Observation/${psychiatric}`));
      // A total would tell of what is denied.
      const found = await scene.atRecords(doc, 'GET Observation?_total=accurate');
      expect([idsOf(found), found.body['total']]).toEqual([[plain], undefined]);
      expect(await status(scene.atRecords(doc, 'GET Observation?_summary=count'))).toBe(422);
      expect(await status(scene.atRecords(doc, `GET Observation/${psychiatric}`))).toBe(404);
      expect(await status(scene.atRecords(ann, `GET Observation/${psychiatric}`))).toBe(200);
    });

    it('is about the labels of every type: a person or a care team is not found by them either', async () => {
      await scene.book(ann, doc);
      const team = {
        resourceType: 'CareTeam',
        ...LABELLED,
        subject: { reference: `Patient/${ann}` },
        participant: [{ member: { reference: 'Practitioner/other' }, period: { end: inHours(1) } }],
      };
      const related = {
        resourceType: 'RelatedPerson',
        ...LABELLED,
        patient: { reference: `Patient/${ann}` },
      };
      for (const body of [team, related])
        expect(await status(scene.atIdentity('frontdesk', `POST ${body.resourceType}`, { body }))).toBe(201);
      const found = async (type: string): Promise<unknown[]> => {
        const { body } = await scene.atIdentity(doc, `GET ${type}?patient=${ann}&_total=accurate`);
        return [idsOf({ body } as FhirAnswer).length, body['total']];
      };
      await becomes(200, () => scene.atIdentity(doc, `GET Patient/${ann}`));
      expect([await found('CareTeam'), await found('RelatedPerson')]).toEqual([
        [1, 1],
        [1, 1],
      ]);
      await scene.consent(ann, { provision: { type: 'deny', securityLabel: [{ code: 'PSY' }] } });
      const gone = async (): Promise<boolean> => (await found('CareTeam'))[1] === 0;
      await until(gone, { what: 'the consent counts', everyMs: 10 });
      expect([await found('CareTeam'), await found('RelatedPerson')]).toEqual([
        [0, 0],
        [0, 0],
      ]);
      expect(await status(scene.atIdentity(doc, `GET Patient/${ann}`))).toBe(200);
    });

    it('is not needed for care, and is for research; an app has what all permit', async () => {
      const of = scene.ground.observe(ann);
      const research = { 'purpose-of-use': 'HRESCH' };
      expect(await status(scene.atRecords('lab', `GET Observation/${of}`))).toBe(200);
      expect(await status(scene.atRecords('lab', `GET Observation/${of}`, research))).toBe(404);
      await scene.consent(ann, { scope: { coding: [{ code: 'research' }] } });
      await becomes(200, () => scene.atRecords('lab', `GET Observation/${of}`, research));
    });

    it('is not got around by an app that names a purpose which it is not registered for', async () => {
      const of = scene.ground.observe(ann);
      const { subjects } = scene.ground;
      subjects['plain'] = {
        id: 'plain',
        role: 'app',
        client: 'plain',
        scopes: ['system/*.cruds'],
        purposes: ['HRESCH'],
      };
      const as = (purpose?: string): Promise<FhirAnswer> =>
        scene.atRecords('plain', `GET Observation/${of}`, purpose ? { 'purpose-of-use': purpose } : {});
      expect([await status(as()), await status(as('HRESCH'))]).toEqual([404, 404]);
      const refused = await as('TREAT');
      expect([refused.status, JSON.stringify(refused.body)]).toEqual([
        403,
        expect.stringContaining('not registered'),
      ]);
      expect(await status(as('BTG'))).toBe(403);
    });

    it('is refused where it could not be kept, and says where', async () => {
      const faulty = await scene.consent(ann, {
        provision: {
          type: 'deny',
          action: [{ coding: [{ code: 'collect' }] }],
          actor: [actor('Group/g')],
          purpose: [{ code: 'UNKNOWN' }],
          provision: [{ type: 'permit', class: [{ code: 'Unknown' }] }],
        },
      });
      expect(faulty.status).toBe(400);
      const text = JSON.stringify(faulty.body);
      for (const path of ['action', 'actor[0].reference', 'purpose[0]', 'provision[0].class[0]'])
        expect(text).toContain(`Consent.provision.${path}`);
    });
  });
});
