import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { fhirRoutes } from '@careplane/kit';
import { testSubject, watchRoutes } from '@careplane/kit/testing';
import type { RouteWatch } from '@careplane/kit/testing';
import { startAccessGround } from '../../test/access.ts';
import type { AccessGround } from '../../test/access.ts';
import { fhirContents } from '../../test/fhir-contents.ts';
import { ask, idsOf } from '../../test/persons.ts';
import type { FhirAnswer } from '../../test/persons.ts';
import { definitions } from '../openapi.ts';

jest.setTimeout(60_000);

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('the FHIR routes of identity', () => {
  let ground: AccessGround;
  let watch: RouteWatch;
  let patient = '';
  let other = '';

  const call = (token: string, line: string, options: Parameters<typeof ask>[3] = {}): Promise<FhirAnswer> =>
    ask(ground.identity, token, line, options);
  const newPatient = async (): Promise<string> =>
    (await call('admin', 'POST Patient', { body: { resourceType: 'Patient' } })).body['id'] as string;
  const reference = (id: string): object => ({ reference: `Patient/${id}` });
  const operation = (token: string, name: string, values: readonly object[]): Promise<FhirAnswer> =>
    call(token, `POST Patient/${name}`, { body: { resourceType: 'Parameters', parameter: values } });

  beforeAll(async () => {
    ground = await startAccessGround();
    watch = watchRoutes(definitions);
    ground.subjects['doctor'] = testSubject({ id: 'd', person: { type: 'Practitioner', id: 'd' } });
    [patient, other] = [await newPatient(), await newPatient()];
    ground.subjects['patient'] = testSubject({
      id: 'p',
      role: 'patient',
      person: { type: 'Patient', id: patient },
    });
  }, 120_000);
  afterAll(async () => {
    watch.stop();
    await ground.stop();
  });

  it('make, find, read, replace and tell the versions of each type', async () => {
    const contents = fhirContents({ patient, practitioner: 'd' });
    expect(Object.keys(contents).sort()).toEqual(definitions.map(({ type }) => type).sort());
    for (const [type, content] of Object.entries(contents)) {
      const token = type === 'Consent' ? 'patient' : 'admin';
      const made = await call(token, `POST ${type}`, { body: { resourceType: type, ...content } });
      expect([type, made.status]).toEqual([type, 201]);
      const id = made.body['id'] as string;
      const headers = { 'if-match': 'W/"1"' };
      const replaced = await call(token, `PUT ${type}/${id}`, {
        body: { ...made.body, language: 'de' },
        headers,
      });
      expect([type, replaced.status, replaced.headers.get('etag')]).toEqual([type, 200, 'W/"2"']);
      expect((await call(token, `GET ${type}/${id}`)).body).toEqual(replaced.body);
      expect((await call(token, `GET ${type}/${id}/_history/1`)).body).toEqual(made.body);
      expect(idsOf(await call(token, `GET ${type}/${id}/_history`))).toEqual([id, id]);
      expect(idsOf(await call(token, `GET ${type}?_id=${id}`))).toEqual([id]);
      const posted = await fetch(`${ground.identity}/fhir/R4/${type}/_search`, {
        method: 'POST',
        headers: { ...FORM, authorization: `Bearer ${token}` },
        body: `_id=${id}`,
      });
      expect([type, posted.status]).toEqual([type, 200]);
      const served = fhirRoutes(definitions).some((one) => one.type === type && one.action === 'delete');
      if (served) expect((await call(token, `DELETE ${type}/${id}`)).status).toBe(204);
    }
  });

  it('match, merge and unmerge patients, open a record in an emergency and review it', async () => {
    const asked = { name: 'resource', resource: { resourceType: 'Patient', name: [{ family: 'Abc' }] } };
    expect((await operation('frontdesk', '$match', [asked])).status).toBe(200);
    const both = [
      { name: 'source-patient', valueReference: reference(other) },
      { name: 'target-patient', valueReference: reference(patient) },
    ];
    expect((await operation('admin', '$merge', both)).status).toBe(200);
    expect((await operation('admin', '$unmerge', both)).status).toBe(200);
    const reason = { name: 'reason', valueString: 'Unconscious, no relatives' };
    const opened = await operation('doctor', `${patient}/$break-glass`, [reason]);
    expect(opened.status).toBe(201);
    const [grant] = opened.body['parameter'] as { part: { name: string; valueId?: string }[] }[];
    const id = grant?.part.find(({ name }) => name === 'id')?.valueId;
    expect((await call('compliance', 'GET Patient/$emergency-access')).status).toBe(200);
    expect((await call('patient', `GET Patient/${patient}/$everything`)).status).toBe(200);
    const review = [
      { name: 'grant', valueString: id },
      { name: 'outcome', valueCode: 'justified' },
    ];
    expect((await operation('compliance', '$review-emergency-access', review)).status).toBe(200);
  });

  it('hold a patient, and erase one whom two persons agree to erase', async () => {
    const gone = await newPatient();
    const change = async (token: string, name: string, value: object): Promise<string | undefined> => {
      const { status, body } = await operation(token, `${gone}/${name}`, [value]);
      expect([name, status < 300]).toEqual([name, true]);
      const [{ part } = { part: [] }] = body['parameter'] as { part: { valueId?: string }[] }[];
      return part[0]?.valueId;
    };
    const hold = await change('compliance', '$place-legal-hold', { name: 'reason', valueCode: 'audit' });
    await change('compliance', '$lift-legal-hold', { name: 'hold', valueId: hold });
    const erasure = await change('compliance', '$erase', { name: 'reason', valueCode: 'unlawful' });
    await change('admin', '$approve-erasure', { name: 'erasure', valueId: erasure });
    await change('admin', '$withdraw-erasure', { name: 'erasure', valueId: erasure });
    expect((await call('admin', `GET Patient/$erasures?patient=${gone}&state=withdrawn`)).status).toBe(200);
    expect((await call('admin', 'GET Patient/$erasures?state=over')).status).toBe(400);
  });

  it('are all reached by these tests', () => {
    expect(watch.missing()).toEqual([]);
  });
});
