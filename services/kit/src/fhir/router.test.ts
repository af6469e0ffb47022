import { afterEach, describe, expect, it } from '@jest/globals';
import { appointmentOf, patientOf, startFhir } from '../../test/fhir-ground.ts';
import type { Answer, FhirGround } from '../../test/fhir-ground.ts';

const issueOf = ({ body }: Answer): Record<string, unknown> =>
  (body['issue'] as Record<string, unknown>[] | undefined)?.[0] ?? {};
const idsOf = ({ body }: Answer): string[] => (body.entry ?? []).map(({ resource }) => resource.id);

/** A resource whose schema takes any name within what is contained. */
const withContained = (name: string): string =>
  `{"resourceType":"Patient","contained":[{"resourceType":"Basic","id":"b","${name}":"#"}]}`;

describe('the FHIR router', () => {
  let grounds: FhirGround[] = [];
  const start = async (parts: Parameters<typeof startFhir>[0] = {}): Promise<FhirGround> => {
    const ground = await startFhir(parts);
    grounds.push(ground);
    return ground;
  };
  afterEach(() => {
    for (const ground of grounds) ground.stop();
    grounds = [];
  });

  it('creates, reads, updates, lists versions and deletes', async () => {
    const { ask } = await start();
    const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'clinic.example:8443' };
    const created = await ask('/Patient', {
      method: 'POST',
      body: JSON.stringify(patientOf('ignored')),
      headers: forwarded,
    });
    const id = String(created.body['id']);
    expect(created.status).toBe(201);
    expect(id).not.toBe('ignored');
    expect(created.headers.get('location')).toBe(
      `https://clinic.example:8443/fhir/R4/Patient/${id}/_history/1`,
    );
    expect(created.headers.get('etag')).toBe('W/"1"');
    expect(created.headers.get('content-type')).toMatch(/^application\/fhir\+json/);
    const read = await ask(`/Patient/${id}`);
    expect([read.status, read.headers.get('last-modified')]).toEqual([
      200,
      created.headers.get('last-modified'),
    ]);
    expect((await ask(`/Patient/${id}`, { headers: { 'if-none-match': 'W/"1"' } })).status).toBe(304);
    const next = { ...read.body, active: true };
    const put = (version: string | undefined, body: unknown): Promise<Answer> =>
      ask(`/Patient/${id}`, {
        method: 'PUT',
        body: JSON.stringify(body),
        headers: version === undefined ? {} : { 'if-match': version },
      });
    expect((await put(undefined, next)).status).toBe(428);
    expect((await put('*', next)).status).toBe(428);
    const several = await put('W/"1", W/"2"', next);
    expect([several.status, issueOf(several)['expression']]).toEqual([400, ['http.if-match']]);
    const updated = await put('W/"1"', next);
    expect([updated.status, updated.headers.get('etag')]).toEqual([200, 'W/"2"']);
    expect((await put('W/"1"', { ...next, active: false })).status).toBe(412);
    // a gateway that repeats an update that was done
    expect((await put('W/"1"', next)).headers.get('etag')).toBe('W/"2"');
    expect((await ask(`/Patient/${id}/_history/1`)).body['active']).toBeUndefined();
    expect((await ask(`/Patient/${id}/_history`)).body['total']).toBe(2);
    expect((await put('W/"2"', { ...next, id: 'other' })).status).toBe(400);
    expect((await ask(`/Patient/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await ask(`/Patient/${id}`)).status).toBe(404);
  });

  it('answers a write as the caller prefers', async () => {
    const { ask } = await start();
    const post = (prefer: string): Promise<Answer> =>
      ask('/Patient', { method: 'POST', body: JSON.stringify(patientOf('x')), headers: { prefer } });
    expect((await post('return=minimal')).body).toEqual({});
    expect((await post('return=representation')).body['resourceType']).toBe('Patient');
    expect((await post('return=OperationOutcome')).body['resourceType']).toBe('OperationOutcome');
  });

  it('creates on a condition, once', async () => {
    const { ask, patients } = await start();
    const post = (condition: string): Promise<Answer> =>
      ask('/Patient', {
        method: 'POST',
        body: JSON.stringify(patientOf('x', 'Lind')),
        headers: { 'if-none-exist': condition },
      });
    const first = await post('family=Lind');
    const second = await post('?family=Lind');
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body['id']).toBe(first.body['id']);
    patients.put(patientOf('twin', 'Lind'));
    expect((await post('family=Lind')).status).toBe(412);
    expect((await post('shoe=44')).status).toBe(400);
  });

  it('answers every error as an OperationOutcome with the path of the field', async () => {
    const { ask } = await start();
    const post = (body: string | Uint8Array<ArrayBuffer>, type = 'application/fhir+json'): Promise<Answer> =>
      ask('/Patient', { method: 'POST', body, headers: { 'content-type': type } });
    const wrong = { resourceType: 'Patient', birthDate: '0000-01-01', name: [{ family: 7 }], shoe: 44 };
    const faults = (await post(JSON.stringify(wrong))).body['issue'] as { expression: string[] }[];
    expect(faults.map(({ expression }) => expression[0])).toEqual([
      'Patient.name[0].family',
      'Patient.birthDate',
      'Patient.shoe',
    ]);
    const answers: [Promise<Answer>, number, string][] = [
      [ask('/Patient/p', { headers: { authorization: '' } }), 401, 'login'],
      [ask('/Patient/nobody'), 404, 'not-found'],
      [ask('/Shoe'), 404, 'not-found'],
      [ask('/Patient', { method: 'PATCH' }), 405, 'not-supported'],
      [ask('/Patient', { headers: { accept: 'application/fhir+xml' } }), 406, 'not-supported'],
      [post('<Patient/>', 'application/xml'), 415, 'not-supported'],
      [post('{'), 400, 'invalid'],
      [post(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), 400, 'invalid'],
      [
        post(JSON.stringify(patientOf('x')), 'application/fhir+json; charset=iso-8859-1'),
        415,
        'not-supported',
      ],
      [post('['.repeat(200)), 400, 'invalid'],
      [post(withContained('a\\u0000b')), 400, 'invalid'],
      [post(withContained('a\\ud800')), 400, 'invalid'],
      [post(`"${'x'.repeat(200_000)}"`), 413, 'too-long'],
      [post('{"resourceType":"Patient","name":[{"text":"\\ud800"}]}'), 400, 'invalid'],
      [ask('/Patient?shoe=44'), 400, 'invalid'],
      [ask('/Patient?birthdate=2026-02-30'), 400, 'invalid'],
      [ask('/Patient?family=%ff'), 400, 'invalid'],
    ];
    for (const [answer, status, code] of answers) {
      const { headers, ...rest } = await answer;
      expect([rest.status, issueOf({ headers, ...rest })['code'], rest.body['resourceType']]).toEqual([
        status,
        code,
        'OperationOutcome',
      ]);
      expect(headers.get('content-type')).toMatch(/^application\/fhir\+json/);
    }
    expect((await ask('/Patient', { method: 'PATCH' })).headers.get('allow')).toBe(
      'GET, HEAD, POST, OPTIONS',
    );
    expect(
      issueOf(await post('{"resourceType":"Patient","name":[{"text":"\\ud800"}]}'))['expression'],
    ).toEqual(['Patient.name[0].text']);
  });

  it('searches in pages that follow their links, by GET and POST', async () => {
    const { ask, patients } = await start();
    for (const id of ['a', 'b', 'c']) patients.put(patientOf(id));
    patients.put(patientOf('d', 'Lind'));
    const first = await ask('/Patient?family=Berg&_count=2&_total=accurate');
    expect([idsOf(first), first.body['total']]).toEqual([['a', 'b'], 3]);
    expect(first.body.entry?.[0]).toMatchObject({
      fullUrl: expect.stringMatching(/\/fhir\/R4\/Patient\/a$/) as unknown,
      search: { mode: 'match' },
    });
    const links = first.body['link'] as { relation: string; url: string }[];
    const next = links.find(({ relation }) => relation === 'next')?.url ?? '';
    expect(idsOf(await ask(next.slice(next.indexOf('/Patient'))))).toEqual(['c']);
    const posted = await ask('/Patient/_search', {
      method: 'POST',
      body: 'family=Lind',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(idsOf(posted)).toEqual(['d']);
    const counted = await ask('/Patient?_summary=count');
    expect([counted.body['total'], counted.body.entry]).toEqual([4, undefined]);
    expect(
      idsOf(await ask('/Patient?shoe=44&family=Lind', { headers: { prefer: 'handling=lenient' } })),
    ).toEqual(['d']);
  });

  it('leads from page to page of a search by POST without its parameters in an address', async () => {
    const [key, next] = [Buffer.alloc(32, 7), Buffer.alloc(32, 8)];
    const { ask, patients } = await start({ linkKey: [key, next] });
    const other = await start({ linkKey: [next, key] }); // a replica that seals under another key already
    for (const id of ['a', 'b', 'c', 'd', 'e'])
      for (const store of [patients, other.patients]) store.put(patientOf(id, 'Geheim'));
    const post = (path: string): Promise<Answer> =>
      ask(path, {
        method: 'POST',
        body: 'family=Geheim&_count=2',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
    const nextOf = ({ body }: Answer): string | undefined =>
      (body['link'] as { relation: string; url: string }[]).find(({ relation }) => relation === 'next')?.url;
    const seen: string[] = [];
    let answer = await post('/Patient/_search');
    for (let next = nextOf(answer); next !== undefined; next = nextOf(answer)) {
      expect(JSON.stringify(answer.body['link'])).not.toContain('Geheim');
      seen.push(...idsOf(answer));
      answer = await ask(next.slice(next.indexOf('/Patient')));
    }
    expect([...seen, ...idsOf(answer)]).toEqual(['a', 'b', 'c', 'd', 'e']);
    const link = nextOf(await post('/Patient/_search')) ?? '';
    expect(idsOf(await other.ask(link.slice(link.indexOf('/Patient'))))).toEqual(['c', 'd']);
    expect((await ask('/Patient?_page=AAAA')).status).toBe(400);
  });

  it('is unavailable for a moment when no database answers', async () => {
    const { ask, patients } = await start();
    patients.read = () =>
      Promise.reject(Object.assign(new Error('no server'), { name: 'MongoServerSelectionError' }));
    const answer = await ask('/Patient/a');
    expect([answer.status, issueOf(answer)['code'], answer.headers.get('retry-after')]).toEqual([
      503,
      'transient',
      '1',
    ]);
    patients.read = () => Promise.reject(new Error('secret'));
    const fault = await ask('/Patient/a');
    expect([fault.status, JSON.stringify(fault.body).includes('secret')]).toEqual([500, false]);
  });

  it('answers the elements that were asked for, tagged as a part', async () => {
    const { ask, patients } = await start();
    patients.put({ ...patientOf('a'), birthDate: '1957-03', maritalStatus: { text: 'x' } });
    const part = (await ask('/Patient?_elements=birthDate')).body.entry?.[0]?.resource;
    expect(Object.keys(part ?? {}).sort()).toEqual(['birthDate', 'id', 'meta', 'resourceType']);
    expect(part?.meta).toMatchObject({ tag: [{ code: 'SUBSETTED' }] });
    expect((await ask('/Patient/a?_summary=true')).body['maritalStatus']).toBeUndefined();
    const put = { ...(await ask('/Patient/a?_summary=true')).body };
    const answer = await ask('/Patient/a', {
      method: 'PUT',
      body: JSON.stringify(put),
      headers: { 'if-match': 'W/"1"' },
    });
    expect(answer.status).toBe(422);
  });

  it('includes and lists nothing that is another service’s', async () => {
    const { ask } = await start();
    const { rest } = (await ask('/metadata')).body as unknown as {
      rest: { resource: { type: string; searchInclude?: string[] }[] }[];
    };
    const listed = rest[0]?.resource.find(({ type }) => type === 'Appointment')?.searchInclude;
    expect(listed).toEqual(['Appointment:patient', 'Appointment:actor']);
    expect((await ask('/Appointment?_include=Appointment:practitioner')).status).toBe(400);
  });

  it('says what is served: no common parameters where a type has none, conditional creates', async () => {
    const { ask } = await start({ patient: { servesCommonParameters: false } });
    const { rest } = (await ask('/metadata')).body as unknown as {
      rest: { resource: { conditionalCreate: boolean; searchParam: { name: string }[] }[] }[];
    };
    const [patient, appointment] = rest[0]?.resource ?? [];
    expect(patient?.searchParam.map(({ name }) => name)).not.toContain('_id');
    expect(appointment?.conditionalCreate).toBe(true);
    expect(appointment?.searchParam.map(({ name }) => name)).toContain('_id');
  });

  it('knows a repeated update by what it sent, also where the store fills in the rest', async () => {
    const { ask, patients } = await start({ patient: { filledElements: ['gender'] } });
    patients.put(patientOf('a'));
    patients.put({ ...patientOf('a'), gender: 'female' });
    const { body } = await ask('/Patient/a');
    const put = (sent: object): Promise<Answer> =>
      ask('/Patient/a', {
        method: 'PUT',
        body: JSON.stringify(sent),
        headers: { 'if-match': 'W/"1"' },
      });
    const sent = { ...body, gender: undefined };
    expect((await put(sent)).status).toBe(200);
    expect((await put({ ...sent, gender: 'male' })).status).toBe(412);
    expect((await put({ ...sent, name: [{ family: 'Other' }] })).status).toBe(412);
  });

  it('includes what matches refer to and what refers to them', async () => {
    const { ask, patients, appointments } = await start();
    patients.put(patientOf('a'));
    appointments.put(appointmentOf('v', 'a'));
    expect(idsOf(await ask('/Appointment?_include=Appointment:patient:Patient'))).toEqual(['v', 'a']);
    const all = await ask('/Appointment?_include=Appointment:actor');
    expect(all.body.entry?.map(({ search }) => search.mode)).toEqual(['match', 'include']);
    expect(idsOf(await ask('/Patient?_revinclude=Appointment:patient'))).toEqual(['a', 'v']);
    expect((await ask('/Appointment?_include=Appointment:slot')).status).toBe(400);
  });
});
