import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { fhirRoutes } from '@careplane/kit';
import { testSubject } from '@careplane/kit/testing';
import { until } from '@careplane/testing';
import { startAccessGround } from '../../test/access.ts';
import type { AccessGround } from '../../test/access.ts';
import { ask, idsOf } from '../../test/persons.ts';
import { servedDefinitions } from '../fhir/served.ts';
import type { FhirAnswer } from '../../test/persons.ts';

jest.setTimeout(60_000);

const PRIVACY = {
  resourceType: 'Consent',
  status: 'active',
  scope: { coding: [{ code: 'patient-privacy' }] },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  policyRule: { coding: [{ code: 'OPTOUT' }] },
};
const PARAMETERS = { resourceType: 'Parameters' };
const HOUR = 3_600_000;
const inHours = (hours: number): string => new Date(Date.now() + hours * HOUR).toISOString();

describe('access', () => {
  let ground: AccessGround;
  /** Ids, and tokens, of this test's people. */
  let ann = '';
  let bob = '';
  let doc = '';

  const atIdentity = (
    token: string,
    line: string,
    options: Parameters<typeof ask>[3] = {},
  ): Promise<FhirAnswer> => ask(ground.identity, token, line, options);
  const atRecords = (
    token: string,
    line: string,
    headers: Record<string, string> = {},
  ): Promise<FhirAnswer> => ask(ground.records, token, line, { headers });
  const status = async (answer: Promise<FhirAnswer>): Promise<number> => (await answer).status;
  /** Waits until an answer has a status: facts are up to 50 ms old. */
  const becomes = (expected: number, asking: () => Promise<FhirAnswer>): Promise<unknown> =>
    until(async () => (await asking()).status === expected, { what: String(expected), everyMs: 10 });
  const newPatient = async (over: Record<string, unknown> = {}): Promise<string> => {
    const { body } = await atIdentity('frontdesk', 'POST Patient', {
      body: { resourceType: 'Patient', ...over },
    });
    const id = body['id'] as string;
    ground.subjects[id] = testSubject({
      id: `account-${id}`,
      role: 'patient',
      person: { type: 'Patient', id },
    });
    return id;
  };
  const book = (
    patientId: string,
    practitionerId: string,
    appointmentId: string = randomUUID(),
  ): Promise<unknown> =>
    ground.tell(
      'appointment.booked',
      { appointmentId, patientId, practitionerId, scheduleId: 's', start: inHours(24), end: inHours(25) },
      randomUUID(),
    );
  const consent = async (token: string, over: Record<string, unknown>): Promise<FhirAnswer> => {
    const body = { ...PRIVACY, patient: { reference: `Patient/${ann}` }, ...over };
    return atIdentity(token, 'POST Consent', { body });
  };
  const actor = (reference: string): object => ({ role: { text: 'who' }, reference: { reference } });

  beforeAll(async () => {
    ground = await startAccessGround();
  }, 120_000);
  afterAll(() => ground.stop());
  beforeEach(async () => {
    [ann, bob] = [await newPatient({ birthDate: '1961-04-12' }), await newPatient({ birthDate: '1957' })];
    doc = `doc-${randomUUID()}`;
    ground.subjects[doc] = testSubject({ id: `account-${doc}`, person: { type: 'Practitioner', id: doc } });
  });

  describe('of a practitioner', () => {
    it('begins with a booking and ends with its cancellation, whichever is told first and however often', async () => {
      const of = ground.observe(ann);
      expect(await status(atRecords(doc, `GET Observation/${of}`))).toBe(404);
      const appointmentId = randomUUID();
      await book(ann, doc, appointmentId);
      await book(ann, doc, appointmentId);
      await becomes(200, () => atRecords(doc, `GET Observation/${of}`));
      expect(await status(atIdentity(doc, `GET Patient/${ann}`))).toBe(200);
      expect(await status(atIdentity(doc, `GET Patient/${bob}`))).toBe(404);
      const cancelled = {
        appointmentId,
        patientId: ann,
        practitionerId: doc,
        start: inHours(24),
        reason: 'pat',
      };
      await ground.tell('appointment.cancelled', cancelled, randomUUID());
      await becomes(404, () => atRecords(doc, `GET Observation/${of}`));
      await book(ann, doc, appointmentId);
      const late = randomUUID();
      await ground.tell('appointment.cancelled', { ...cancelled, appointmentId: late }, randomUUID());
      await book(ann, doc, late);
      await becomes(404, () => atRecords(doc, `GET Observation/${of}`));
    });

    it('is given by a care team until its end, by the front desk and not by themselves', async () => {
      const team = (over: object = {}): object => ({
        resourceType: 'CareTeam',
        status: 'active',
        subject: { reference: `Patient/${ann}` },
        participant: [{ member: { reference: `Practitioner/${doc}` }, period: { end: inHours(1) } }],
        ...over,
      });
      const of = ground.observe(ann);
      expect(await status(atIdentity(doc, 'POST CareTeam', { body: team() }))).toBe(403);
      const endless = team({ participant: [{ member: { reference: `Practitioner/${doc}` } }] });
      const refused = await atIdentity('frontdesk', 'POST CareTeam', { body: endless });
      expect([refused.status, JSON.stringify(refused.body)]).toEqual([
        400,
        expect.stringContaining('CareTeam.participant[0].period.end'),
      ]);
      expect(await status(atIdentity('frontdesk', 'POST CareTeam', { body: team() }))).toBe(201);
      expect(await status(atRecords(doc, `GET Observation/${of}`))).toBe(200);
      const ended = team({ period: { end: inHours(-1) } });
      expect(
        await status(
          atIdentity('frontdesk', 'POST CareTeam', {
            body: { ...ended, subject: { reference: `Patient/${bob}` } },
          }),
        ),
      ).toBe(201);
      const other = ground.observe(bob);
      expect(await status(atRecords(doc, `GET Observation/${other}`))).toBe(404);
    });
  });

  describe('by a patient’s consent', () => {
    it('ends within 100 ms of the withdrawal, in another service', async () => {
      const of = ground.observe(ann);
      await book(ann, doc);
      const { body, headers } = await consent(ann, {});
      const withdrawn = {
        ...body,
        provision: { type: 'deny', actor: [actor(`Practitioner/${doc}`)] },
      };
      const read = (): Promise<number> => status(atRecords(doc, `GET Observation/${of}`));
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
      const changed = await atIdentity(ann, `PUT Consent/${body['id'] as string}`, {
        body: withdrawn,
        headers: { 'if-match': headers.get('etag') ?? '' },
      });
      const effective = performance.now();
      expect(changed.status).toBe(200);
      await asking;
      expect(last - effective).toBeLessThanOrEqual(100);
      expect(await read()).toBe(404);
      const search = await atRecords(doc, 'GET Observation?_total=accurate');
      expect(idsOf(search)).not.toContain(of);
    });

    it('is about classes: what is denied is not found, counted or read, and the rest is', async () => {
      await book(ann, doc);
      const [plain, psychiatric] = [ground.observe(ann), ground.observe(ann, { label: 'PSY' })];
      const made = await consent(ann, { provision: { type: 'deny', securityLabel: [{ code: 'PSY' }] } });
      expect(made.status).toBe(201);
      await becomes(404, () => atRecords(doc, `GET Observation/${psychiatric}`));
      const found = await atRecords(doc, 'GET Observation?_total=accurate');
      expect([idsOf(found), found.body['total']]).toEqual([[plain], 1]);
      expect(await status(atRecords(doc, `GET Observation/${psychiatric}`))).toBe(404);
      expect(await status(atRecords(ann, `GET Observation/${psychiatric}`))).toBe(200);
    });

    it('is not needed for care, and is for research; an app has what all permit', async () => {
      const of = ground.observe(ann);
      const research = { 'purpose-of-use': 'HRESCH' };
      expect(await status(atRecords('lab', `GET Observation/${of}`))).toBe(200);
      expect(await status(atRecords('lab', `GET Observation/${of}`, research))).toBe(404);
      await consent(ann, { scope: { coding: [{ code: 'research' }] } });
      await becomes(200, () => atRecords('lab', `GET Observation/${of}`, research));
    });

    it('is refused where it could not be kept, and says where', async () => {
      const faulty = await consent(ann, {
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

  describe('against attacks', () => {
    it('a patient decides for nobody else, and moves no consent to another patient', async () => {
      const other = { patient: { reference: `Patient/${bob}` } };
      expect(await status(consent(ann, other))).toBe(403);
      const { body } = await consent(ann, {});
      const path = `Consent/${body['id'] as string}`;
      const headers = { 'if-match': 'W/"1"' };
      expect(await status(atIdentity(ann, `PUT ${path}`, { body: { ...body, ...other }, headers }))).toBe(
        403,
      );
      expect(
        await status(atIdentity('frontdesk', `PUT ${path}`, { body: { ...body, ...other }, headers })),
      ).toBe(400);
      expect(await status(atIdentity(bob, `GET ${path}`))).toBe(404);
      expect(await status(atIdentity(bob, `PUT ${path}`, { body, headers }))).toBe(404);
      expect(await status(atIdentity(bob, `GET ${path}/_history/1`))).toBe(404);
      expect(idsOf(await atIdentity(bob, `GET Consent?patient=${ann}`))).toEqual([]);
      expect(idsOf(await atIdentity(ann, 'GET Consent'))).toEqual([body['id']]);
    });

    it('no route shows, counts or changes what is another’s', async () => {
      const { body: consentOfAnn } = await consent(ann, {});
      const about = { patient: { reference: `Patient/${ann}` }, subject: { reference: `Patient/${ann}` } };
      const end = { period: { end: inHours(1) } };
      const member = { member: { reference: `Practitioner/${doc}x` } };
      const make = async (type: string, over: object = {}): Promise<string> => {
        const body = { resourceType: type, ...over };
        return (await atIdentity('admin', `POST ${type}`, { body })).body['id'] as string;
      };
      const ids: Readonly<Record<string, string>> = {
        Patient: ann,
        Consent: consentOfAnn['id'] as string,
        RelatedPerson: await make('RelatedPerson', { patient: about.patient }),
        CareTeam: await make('CareTeam', { subject: about.subject, participant: [member], ...end }),
      };
      const routes = fhirRoutes(servedDefinitions()).filter(({ type }) => ids[type] !== undefined);
      expect(routes.length).toBeGreaterThan(25);
      for (const token of [bob, doc]) {
        for (const { method, path, type, action } of routes) {
          const id = ids[type] ?? '';
          const line = `${method} ${path.replace('/fhir/R4/', '').replace(':id', id).replace(':versionId', '1')}`;
          const body = { resourceType: type, ...about, id };
          const isBody = method === 'POST' || method === 'PUT';
          const answer = await atIdentity(
            token,
            action === 'search' && method === 'POST' ? `GET ${type}?_total=accurate` : line,
            {
              ...(isBody && action !== 'search'
                ? { body: action.startsWith('$') ? PARAMETERS : { ...consentOfAnn, ...body } }
                : {}),
              headers: { 'if-match': 'W/"1"' },
            },
          );
          const isList = action === 'search' || action === '$emergency-access';
          const isFinding = action === '$match' || action === '$break-glass';
          const expected = isList ? [200, 403] : isFinding ? [400, 403] : [400, 403, 404];
          expect([token === bob, line, expected.includes(answer.status)]).toEqual([
            token === bob,
            line,
            true,
          ]);
          expect([line, answer.body['total'] ?? 0]).toEqual([
            line,
            type === 'Patient' && token === bob ? expect.anything() : 0,
          ]);
          expect(JSON.stringify(answer.body)).not.toContain(id);
        }
      }
      const { body: after } = await atIdentity(ann, `GET Consent/${ids['Consent'] ?? ''}`);
      expect(after).toEqual(consentOfAnn);
    });

    it('a client sets no id, no version and no time', async () => {
      const meta = { versionId: '99', lastUpdated: '1999-01-01T00:00:00Z' };
      const made = await consent(ann, { id: 'mine', meta });
      expect([made.status, made.body['id']]).toEqual([201, expect.not.stringMatching('mine')]);
      expect(made.body['meta']).toMatchObject({
        versionId: '1',
        lastUpdated: expect.not.stringContaining('1999'),
      });
    });

    it('identity away: 503, and nothing is shown, also of who was known a moment before', async () => {
      const of = ground.observe(ann);
      await book(ann, doc);
      expect(await status(atRecords(doc, `GET Observation/${of}`))).toBe(200);
      ground.setAway(true);
      await becomes(503, () => atRecords(doc, `GET Observation/${of}`));
      const answer = await atRecords(doc, `GET Observation/${of}`);
      ground.setAway(false);
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
      expect(JSON.stringify(answer.body)).not.toContain(ann);
    });
  });

  describe('of a proxy', () => {
    const proxyConsent = async (token: string, child: string, over: object = {}): Promise<FhirAnswer> => {
      const related = await atIdentity('frontdesk', 'POST RelatedPerson', {
        body: {
          resourceType: 'RelatedPerson',
          active: true,
          patient: { reference: `Patient/${child}` },
          relationship: [{ coding: [{ code: 'MTH' }] }],
        },
      });
      return atIdentity(token, 'POST Consent', {
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
      const child = await newPatient({ birthDate: `${String(new Date().getFullYear() - 5)}-01-01` });
      const of = ground.observe(child);
      expect(await status(atIdentity(ann, `GET Patient/${child}`))).toBe(404);
      const made = await proxyConsent('frontdesk', child, noRule);
      expect([made.status, made.body]).toEqual([201, expect.anything()]);
      await becomes(200, () => atIdentity(ann, `GET Patient/${child}`));
      expect(await status(atRecords(ann, `GET Observation/${of}`))).toBe(200);
      expect(await status(proxyConsent(ann, child, noRule))).toBe(403);
      const id = made.body['id'] as string;
      const withdrawn = { ...made.body, status: 'inactive' };
      const headers = { 'if-match': 'W/"1"' };
      expect(await status(atIdentity(ann, `PUT Consent/${id}`, { body: withdrawn, headers }))).toBe(200);
      await becomes(404, () => atIdentity(ann, `GET Patient/${child}`));
      expect(await status(atRecords(ann, `GET Observation/${of}`))).toBe(404);
    });

    it('ended with the birthday', async () => {
      const grown = await newPatient({ birthDate: '2000-01-01' });
      expect((await proxyConsent('frontdesk', grown, noRule)).status).toBe(201);
      expect(await status(atIdentity(ann, `GET Patient/${grown}`))).toBe(404);
    });
  });

  describe('in an emergency', () => {
    const open = (token: string, patient: string, reason?: string): Promise<FhirAnswer> =>
      atIdentity(token, `POST Patient/${patient}/$break-glass`, {
        body: {
          resourceType: 'Parameters',
          ...(reason === undefined ? {} : { parameter: [{ name: 'reason', valueString: reason }] }),
        },
      });
    const BTG = { 'purpose-of-use': 'BTG' };

    it('is opened by a practitioner with a reason, told at once, for reading under that purpose only', async () => {
      const of = ground.observe(ann);
      expect(await status(open(doc, ann))).toBe(400);
      expect(await status(open(doc, ann, 'short'))).toBe(400);
      expect(await status(open(bob, ann, 'I would like to know'))).toBe(403);
      expect(await status(open(doc, randomUUID(), 'unconscious, no papers'))).toBe(404);
      const opened = await open(doc, ann, 'unconscious, no papers');
      expect(opened.status).toBe(201);
      expect(ground.events.at(-1)).toEqual({
        type: 'access.emergency',
        data: { grantId: expect.any(String), patientId: ann, practitionerId: doc },
      });
      await becomes(404, () => atRecords(doc, `GET Observation/${of}`));
      expect(await status(atRecords(doc, `GET Observation/${of}`, BTG))).toBe(200);
      expect(await status(atRecords(bob, `GET Observation/${of}`, BTG))).toBe(404);
      const stored = await ground.db.collection('emergencies').findOne({ patientId: ann });
      expect(JSON.stringify(stored)).not.toContain('unconscious');
    });

    it('is reviewed by compliance, once, and seen by the patient', async () => {
      await open(doc, ann, 'unconscious, no papers');
      const list = async (token: string, query = ''): Promise<unknown[]> =>
        ((await atIdentity(token, `GET Patient/$emergency-access${query}`)).body['parameter'] as
          unknown[] | undefined) ?? [];
      const own = await list(ann);
      expect(JSON.stringify(own)).toContain('unconscious, no papers');
      expect(await list(bob)).toEqual([]);
      expect(await list(bob, `?patient=${ann}`)).toEqual([]);
      expect(await status(atIdentity(doc, 'GET Patient/$emergency-access'))).toBe(403);
      const queue = (await list('compliance', `?reviewed=false&patient=${ann}`)) as {
        part: { name: string; valueId?: string }[];
      }[];
      const grant = queue[0]?.part.find(({ name }) => name === 'id')?.valueId;
      const review = (token: string): Promise<number> =>
        status(
          atIdentity(token, 'POST Patient/$review-emergency-access', {
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
  });
});
