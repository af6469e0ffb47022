import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { fhirRoutes } from '@careplane/kit';
import type { FhirRoute } from '@careplane/kit';
import { becomes, inHours, openAccessScene, status } from '../../test/access-scene.ts';
import type { AccessScene } from '../../test/access-scene.ts';
import { idsOf } from '../../test/persons.ts';
import type { FhirAnswer } from '../../test/persons.ts';
import { MOST_ACTIVE } from '../consents/consents.ts';
import { servedDefinitions } from '../fhir/served.ts';

jest.setTimeout(60_000);

const PARAMETERS = { resourceType: 'Parameters' };

type Ids = Readonly<Record<string, string>>;

const isSearch = ({ action }: FhirRoute): boolean => action === 'search';
const hasBody = (route: FhirRoute): boolean =>
  (route.method === 'POST' || route.method === 'PUT') && !isSearch(route);

/** The route's request about the resource of its type. */
function lineOf(route: FhirRoute, ids: Ids): string {
  const { method, path, type } = route;
  if (isSearch(route) && method === 'POST') return `GET ${type}?_total=accurate`;
  const told = path
    .replace('/fhir/R4/', '')
    .replace(':id', ids[type] ?? '')
    .replace(':versionId', '1');
  return `${method} ${told}`;
}

function bodyOf({ type, action }: FhirRoute, resource: object, ids: Ids): object {
  return action.startsWith('$') ? PARAMETERS : { ...resource, resourceType: type, id: ids[type] };
}

/** A list answers with what is the caller's own; what may not be known to exist is not found. */
function expectedOf({ action }: FhirRoute): readonly number[] {
  if (action === 'search' || action === '$emergency-access') return [200, 403];
  return action === '$match' || action === '$break-glass' ? [400, 403] : [400, 403, 404];
}

describe('attacks on access', () => {
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

  it('a patient decides for nobody else, and moves no consent to another patient', async () => {
    const other = { patient: { reference: `Patient/${bob}` } };
    expect(await status(scene.consent(ann, other))).toBe(403);
    const { body } = await scene.consent(ann, {});
    const path = `Consent/${body['id'] as string}`;
    const headers = { 'if-match': 'W/"1"' };
    expect(await status(scene.atIdentity(ann, `PUT ${path}`, { body: { ...body, ...other }, headers }))).toBe(
      403,
    );
    expect(
      await status(scene.atIdentity('frontdesk', `PUT ${path}`, { body: { ...body, ...other }, headers })),
    ).toBe(400);
    expect(await status(scene.atIdentity(bob, `GET ${path}`))).toBe(404);
    expect(await status(scene.atIdentity(bob, `PUT ${path}`, { body, headers }))).toBe(404);
    expect(await status(scene.atIdentity(bob, `GET ${path}/_history/1`))).toBe(404);
    expect(idsOf(await scene.atIdentity(bob, `GET Consent?patient=${ann}`))).toEqual([]);
    expect(idsOf(await scene.atIdentity(ann, 'GET Consent'))).toEqual([body['id']]);
  });

  it('a patient writes their own Patient, and nothing of it that is the clinic’s', async () => {
    const put = (token: string, id: string, over: object = {}): Promise<FhirAnswer> =>
      scene.atIdentity(token, `PUT Patient/${id}`, {
        body: { resourceType: 'Patient', id, birthDate: '1961-04-12', ...over },
        headers: { 'if-match': 'W/"1"' },
      });
    const identifier = [{ system: 'urn:mrn', value: '1' }];
    expect(await status(put(ann, ann, { identifier }))).toBe(403);
    expect(await status(put(ann, ann, { active: false }))).toBe(403);
    expect(await status(put(ann, bob))).toBe(404);
    const phone = { telecom: [{ system: 'phone', value: '030 7654321' }] };
    expect(await status(put(ann, ann, phone))).toBe(200);
    expect((await scene.atIdentity(ann, `GET Patient/${ann}`)).body).toMatchObject(phone);
  });

  it('no route shows, counts or changes what is another’s', async () => {
    const { body: consentOfAnn } = await scene.consent(ann, {});
    const about = { patient: { reference: `Patient/${ann}` }, subject: { reference: `Patient/${ann}` } };
    const end = { period: { end: inHours(1) } };
    const member = { member: { reference: `Practitioner/${doc}x` } };
    const make = async (type: string, over: object = {}): Promise<string> => {
      const body = { resourceType: type, ...over };
      return (await scene.atIdentity('admin', `POST ${type}`, { body })).body['id'] as string;
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
      for (const route of routes) {
        const line = lineOf(route, ids);
        const { status: answered, body } = await scene.atIdentity(token, line, {
          ...(hasBody(route) ? { body: bodyOf(route, { ...consentOfAnn, ...about }, ids) } : {}),
          headers: { 'if-match': 'W/"1"' },
        });
        const isExpected = expectedOf(route).includes(answered);
        expect({ line, answered, isExpected }).toMatchObject({ isExpected: true });
        // who is a patient finds themself
        const found = route.type === 'Patient' && token === bob ? 1 : 0;
        expect([line, Number(body['total'] ?? 0) <= found]).toEqual([line, true]);
        expect(JSON.stringify(body)).not.toContain(ids[route.type]);
      }
    }
    const { body: after } = await scene.atIdentity(ann, `GET Consent/${ids['Consent'] ?? ''}`);
    expect(after).toEqual(consentOfAnn);
  });

  it('no patient makes those who treat them wait for consents without end', async () => {
    const first = await scene.consent(ann, {});
    for (let made = 1; made < MOST_ACTIVE; made += 1) expect(await status(scene.consent(ann, {}))).toBe(201);
    expect(await status(scene.consent(ann, {}))).toBe(422);
    expect(await status(scene.consent(ann, { status: 'draft' }))).toBe(201);
    expect(await status(scene.consent(bob, {}))).toBe(201);
    const id = first.body['id'] as string;
    const headers = { 'if-match': 'W/"1"' };
    const body = { ...first.body, status: 'inactive' };
    expect(await status(scene.atIdentity(ann, `PUT Consent/${id}`, { body, headers }))).toBe(200);
    expect(await status(scene.consent(ann, {}))).toBe(201);
  });

  it('no patient makes decisions too large for who treats them, by consents of many rules or by many at once', async () => {
    const rules = (count: number): Record<string, unknown> => ({
      provision: { type: 'deny', provision: Array.from({ length: count - 1 }, () => ({ type: 'permit' })) },
      policyRule: undefined,
      policy: [{ uri: 'https://clinic.example/consents' }],
    });
    const each = MOST_ACTIVE / 4;
    const asked = Array.from({ length: 8 }, () => status(scene.consent(ann, rules(each))));
    const answers = Map.groupBy(await Promise.all(asked), (one) => one);
    expect([answers.get(201)?.length, answers.get(422)?.length]).toEqual([4, 4]);
    expect(await status(scene.consent(bob, rules(MOST_ACTIVE)))).toBe(201);
    expect(await status(scene.consent(bob, {}))).toBe(422);
  });

  it('a client sets no id, no version and no time', async () => {
    const meta = { versionId: '99', lastUpdated: '1999-01-01T00:00:00Z' };
    const made = await scene.consent(ann, { id: 'mine', meta });
    expect([made.status, made.body['id']]).toEqual([201, expect.not.stringMatching('mine')]);
    expect(made.body['meta']).toMatchObject({
      versionId: '1',
      lastUpdated: expect.not.stringContaining('1999'),
    });
  });

  it('identity away: 503, and nothing is shown, also of who was known a moment before', async () => {
    const of = scene.ground.observe(ann);
    await scene.book(ann, doc);
    expect(await status(scene.atRecords(doc, `GET Observation/${of}`))).toBe(200);
    scene.ground.setAway(true);
    await becomes(503, () => scene.atRecords(doc, `GET Observation/${of}`));
    const answer = await scene.atRecords(doc, `GET Observation/${of}`);
    scene.ground.setAway(false);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(JSON.stringify(answer.body)).not.toContain(ann);
  });
});
