import { NONE } from '@careplane/access';
import type { Constraint, Decision } from '@careplane/access';
import { afterEach, describe, expect, it } from '@jest/globals';
import { appointmentOf, patientOf, startFhir } from '../../test/fhir-ground.ts';
import type { Answer, FhirGround } from '../../test/fhir-ground.ts';
import { Unavailable } from '../http/errors.ts';
import { ALLOW_ALL } from '../testing/index.ts';

const only = (patient: string, without: string[] = []): Decision => {
  const constraint: Constraint = { kind: 'in', attribute: 'patient', values: [patient] };
  return { effect: 'allow', constraint, without };
};
const deny = (reason: 'role' | 'scope' | 'purpose' | 'not-own' | 'consent'): Decision => ({
  effect: 'deny',
  reason,
});

const idsOf = ({ body }: Answer): string[] => (body.entry ?? []).map(({ resource }) => resource.id);

describe('access behind the FHIR router', () => {
  let ground: FhirGround | undefined;
  const start = async (parts: Parameters<typeof startFhir>[0] = {}): Promise<FhirGround> => {
    ground = await startFhir(parts);
    return ground;
  };
  afterEach(() => {
    ground?.stop();
    ground = undefined;
  });

  it('judges what is to be stored by the id that it has, which no body says', async () => {
    const { ask, patients } = await start({
      decide: (_subject, { attributes }) =>
        attributes && attributes.patient?.[0] !== 'own' ? deny('not-own') : ALLOW_ALL,
    });
    patients.put(patientOf('own'));
    const body = JSON.stringify(patientOf('own', 'Tal'));
    const headers = { 'if-match': 'W/"1"' };
    expect((await ask('/Patient/own', { method: 'PUT', body, headers })).status).toBe(200);
  });

  it('tells by 404 what may not be known, and by 403 what the caller lacks', async () => {
    const { ask, patients } = await start({
      decide: (_subject, { action, attributes }) => {
        if (action === 'delete') return deny('role');
        if (action === 'update') return deny('scope');
        return attributes?.['patient']?.[0] === 'secret' ? deny('consent') : ALLOW_ALL;
      },
    });
    patients.put(patientOf('secret'));
    const [hidden, none] = [await ask('/Patient/secret'), await ask('/Patient/nobody')];
    expect([hidden.status, hidden.body]).toEqual([404, none.body]);
    expect((await ask('/Patient/secret', { method: 'DELETE' })).status).toBe(403);
    expect((await ask('/Patient/secret/_history')).status).toBe(404);
    const scopeless = await ask('/Patient/secret', {
      method: 'PUT',
      body: JSON.stringify(patientOf('secret')),
      headers: { 'if-match': 'W/"1"' },
    });
    expect([scopeless.status, scopeless.headers.get('www-authenticate')]).toEqual([
      403,
      expect.stringMatching(
        /^Bearer realm="careplane", error="insufficient_scope", scope="user\/Patient\.u", /,
      ),
    ]);
    expect((await ask('/Patient/secret/_history/1')).status).toBe(404);
  });

  it('refuses a purpose that the app is not registered for with its reason, whatever is there', async () => {
    const { ask, patients } = await start({ decide: () => deny('purpose') });
    patients.put(patientOf('a'));
    const headers = { 'purpose-of-use': 'PATRQT' };
    const [there, not] = [await ask('/Patient/a', { headers }), await ask('/Patient/nobody', { headers })];
    expect([there.status, there.body]).toEqual([403, not.body]);
    expect(JSON.stringify(there.body)).toContain('purpose-of-use PATRQT is not registered for this app');
    expect((await ask('/Patient/a', { headers: { 'purpose-of-use': 'BTG' } })).body).toMatchObject({
      issue: [{ details: { text: 'purpose-of-use BTG is for reading only' } }],
    });
  });

  it('judges every resource by the data classes of its security labels, whatever its type says', async () => {
    const { ask, patients } = await start({
      decide: (_subject, { attributes }) =>
        attributes?.['dataClass']?.includes('PSY') === true ? deny('consent') : ALLOW_ALL,
    });
    const labelled = (id: string, security: object[]): void =>
      void patients.put({ ...patientOf(id), meta: { security } });
    const system = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
    labelled('psy', [
      { system, code: 'ETH' },
      { system, code: 'PSY' },
    ]);
    labelled('bare', [{ code: 'PSY' }]);
    labelled('other', [
      { system: 'urn:x', code: 'PSY' },
      { system, code: 'HIV' },
    ]);
    patients.put(patientOf('plain'));
    for (const id of ['psy', 'bare']) expect((await ask(`/Patient/${id}`)).status).toBe(404);
    expect(idsOf(await ask('/Patient'))).toEqual(['other', 'plain']);
    expect((await ask('/Patient/psy/_history')).status).toBe(404);
    expect((await ask('/Patient/psy', { method: 'DELETE' })).status).toBe(404);
    const body = JSON.stringify({ ...patientOf('x'), meta: { security: [{ system, code: 'PSY' }] } });
    expect((await ask('/Patient', { method: 'POST', body })).status).toBe(403);
  });

  it('hands the constraint to every search, also for includes, and counts nothing that is outside', async () => {
    const { ask, patients, appointments } = await start({
      decide: (_subject, { type, attributes }) => {
        if (type === 'Patient' && attributes?.['patient']?.[0] === 'b') return deny('consent');
        return only('a');
      },
    });
    for (const id of ['a', 'b']) {
      patients.put(patientOf(id));
      appointments.put(appointmentOf(`v${id}`, id));
    }
    const found = await ask('/Appointment?_total=accurate&_include=Appointment:patient');
    expect([idsOf(found), found.body['total']]).toEqual([['va', 'a'], 1]);
    expect(idsOf(await ask('/Patient?_revinclude=Appointment:patient'))).toEqual(['a', 'va']);
  });

  it('looks for what refers to a match only for who may search that', async () => {
    const { ask, patients, appointments } = await start({
      decide: (_subject, { action, type }) =>
        type === 'Appointment' && action === 'search' ? deny('scope') : ALLOW_ALL,
    });
    patients.put(patientOf('a'));
    appointments.put(appointmentOf('v', 'a'));
    expect((await ask('/Appointment/v')).status).toBe(200);
    expect(idsOf(await ask('/Patient?_revinclude=Appointment:patient'))).toEqual(['a']);
  });

  it('shows elements to nobody who may not see them, not even included, and keeps them in an update', async () => {
    const { ask, patients, appointments } = await start({ decide: () => only('a', ['Patient.telecom']) });
    patients.put(patientOf('a'));
    appointments.put(appointmentOf('v', 'a'));
    const bodies = [
      await ask('/Patient/a'),
      await ask('/Patient'),
      await ask('/Patient/a/_history'),
      await ask('/Patient/a/_history/1'),
      await ask('/Appointment?_include=Appointment:patient'),
    ];
    expect(JSON.stringify(bodies)).toContain('Berg');
    expect(JSON.stringify(bodies)).not.toContain('030 123');
    const mine = { ...bodies[0]?.body, active: true };
    const answer = await ask('/Patient/a', {
      method: 'PUT',
      body: JSON.stringify(mine),
      headers: { 'if-match': 'W/"1"' },
    });
    expect([answer.status, answer.body['telecom']]).toEqual([200, undefined]);
    const stored = await patients.read('a', undefined as never);
    expect(stored?.['telecom']).toEqual(patientOf('a')['telecom']);
  });

  it('answers no search or order by what is hidden, not even of a lenient caller', async () => {
    const { ask, patients } = await start({ decide: () => only('a', ['Patient.birthDate']) });
    patients.put({ ...patientOf('a'), birthDate: '1957-03-01' });
    expect((await ask('/Patient?birthdate=1957')).status).toBe(400);
    expect((await ask('/Patient?_sort=birthdate')).status).toBe(400);
    const lenient = { prefer: 'handling=lenient' };
    const [match, other] = [
      await ask('/Patient?birthdate=1957', { headers: lenient }),
      await ask('/Patient?birthdate=1999', { headers: lenient }),
    ];
    expect([idsOf(match), idsOf(other)]).toEqual([['a'], ['a']]);
    const body = JSON.stringify(patientOf('x'));
    const made = await ask('/Patient', {
      method: 'POST',
      body,
      headers: { 'if-none-exist': 'birthdate=1957' },
    });
    expect(made.status).toBe(400);
  });

  it('lets nobody create or move a resource where they have no say', async () => {
    const { ask, appointments } = await start({
      decide: (_subject, { attributes }) =>
        attributes && attributes['patient']?.[0] !== 'mine' ? deny('not-own') : ALLOW_ALL,
    });
    appointments.put(appointmentOf('v', 'mine'));
    const theirs = JSON.stringify(appointmentOf('v', 'theirs'));
    expect((await ask('/Appointment', { method: 'POST', body: theirs })).status).toBe(403);
    const moved = await ask('/Appointment/v', {
      method: 'PUT',
      body: theirs,
      headers: { 'if-match': 'W/"1"' },
    });
    expect(moved.status).toBe(403);
  });

  it('answers a create without its content to whom may write and not read', async () => {
    const { ask } = await start({
      decide: (_s, { action }) => (action === 'read' ? deny('scope') : ALLOW_ALL),
    });
    const made = await ask('/Patient', { method: 'POST', body: JSON.stringify(patientOf('x')) });
    expect([made.status, made.body]).toEqual([201, {}]);
  });

  it('answers what is stored as stored, though nothing can be decided any more', async () => {
    let isAway = false;
    const { ask, patients } = await start({
      decide: (_subject, { action, attributes }) => {
        if (action === 'read' && attributes && isAway) throw new Unavailable(1);
        return ALLOW_ALL;
      },
    });
    isAway = true;
    const made = await ask('/Patient', { method: 'POST', body: JSON.stringify(patientOf('x')) });
    expect([made.status, made.headers.get('etag'), made.body]).toEqual([201, 'W/"1"', {}]);
    expect(made.headers.get('location')).toMatch(/\/Patient\/[\w-]+\/_history\/1$/);
    patients.put(patientOf('y'));
    expect((await ask('/Patient/y')).status).toBe(503);
  });

  it('runs operations behind the same decisions', async () => {
    const { ask, patients } = await start({
      decide: (_subject, { action, attributes }) => {
        if (action === '$erase') return deny('role');
        return attributes?.['patient']?.[0] === 'secret' ? deny('consent') : only('a', ['Patient.telecom']);
      },
      operations: [
        {
          name: '$copy',
          level: 'instance',
          methods: ['GET'],
          documentation: 'Copies.',
          attributes: (id) => Promise.resolve(id === 'nobody' ? undefined : { patient: [id] }),
          run: ({ id }) => Promise.resolve({ status: 200, body: patientOf(id ?? '') }),
        },
        {
          name: '$erase',
          level: 'type',
          methods: ['POST'],
          documentation: 'Erases.',
          run: () => Promise.resolve({ status: 200 }),
        },
      ],
    });
    patients.put(patientOf('a'));
    expect((await ask('/Patient/a/$copy')).body).toEqual({
      resourceType: 'Patient',
      id: 'a',
      name: [{ family: 'Berg' }],
    });
    expect((await ask('/Patient/secret/$copy')).status).toBe(404);
    expect((await ask('/Patient/nobody/$copy')).status).toBe(404);
    expect((await ask('/Patient/$erase', { method: 'POST' })).status).toBe(403);
    expect((await ask('/Patient/$erase')).status).toBe(405);
  });

  it('says what it can in its CapabilityStatement, without a token', async () => {
    const { ask } = await start();
    const { status, body } = await ask('/metadata', { headers: { authorization: 'none' } });
    expect(status).toBe(200);
    const [rest] = body['rest'] as { resource: { type: string; searchParam: { name: string }[] }[] }[];
    expect(rest?.resource.map(({ type }) => type)).toEqual(['Patient', 'Appointment']);
    expect(rest?.resource[0]?.searchParam.map(({ name }) => name)).toEqual([
      '_id',
      '_lastUpdated',
      'family',
      'birthdate',
    ]);
  });

  it('finds nothing within nothing', async () => {
    const { ask, patients } = await start({
      decide: () => ({ effect: 'allow', constraint: NONE, without: [] }),
    });
    patients.put(patientOf('a'));
    expect((await ask('/Patient?_total=accurate')).body).toMatchObject({ total: 0 });
  });
});
