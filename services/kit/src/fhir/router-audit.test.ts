import type { Decision } from '@careplane/access';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { appointmentOf, patientOf, startFhir } from '../../test/fhir-ground.ts';
import type { FhirGround } from '../../test/fhir-ground.ts';
import type { Access } from '../audit/entry.ts';
import { accessSchema } from '../audit/entry.ts';
import { Forbidden, Unavailable } from '../http/errors.ts';
import { ALLOW_ALL } from '../testing/index.ts';
import type { OperationDefinition } from './definition.ts';

const deny = (reason: 'role' | 'scope' | 'not-own' | 'consent'): Decision => ({ effect: 'deny', reason });

const DOCTOR = { role: 'practitioner', account: 'a', client: 'test' };

const matching = { headers: { 'if-match': 'W/"1"' } };

describe('the audit behind the FHIR router', () => {
  let ground: FhirGround | undefined;
  const start = async (parts: Parameters<typeof startFhir>[0] = {}): Promise<FhirGround> => {
    ground = await startFhir(parts);
    return ground;
  };
  afterEach(() => {
    for (const entry of ground?.audit.entries ?? []) accessSchema.parse(entry);
    ground?.stop();
    ground = undefined;
  });

  it('records who has read which version of whose data, and for what', async () => {
    const { ask, audit, appointments } = await start();
    appointments.put(appointmentOf('v', 'p1'));
    await ask('/Appointment/v', { headers: { 'purpose-of-use': 'BTG' } });
    await ask('/Appointment/v/_history/1', { headers: { authorization: 'Bearer pat' } });
    const entities = [{ type: 'Appointment', id: 'v', version: '1' }];
    expect(audit.entries).toEqual([
      {
        action: 'read',
        outcome: 'granted',
        agent: DOCTOR,
        purpose: 'BTG',
        emergency: true,
        entities,
        patient: 'p1',
      },
      {
        action: 'vread',
        outcome: 'granted',
        agent: { role: 'patient', account: 'p', client: 'test', person: { type: 'Patient', id: 'p1' } },
        purpose: 'PATRQT',
        entities,
        patient: 'p1',
      },
    ]);
  });

  it('records a search once for each patient that it shows, with what it includes and no value', async () => {
    const { ask, audit, patients, appointments } = await start();
    patients.put(patientOf('p1'));
    for (const [visit, patient] of [
      ['v1', 'p1'],
      ['v2', 'p1'],
      ['v3', 'p2'],
    ] as const) {
      appointments.put(appointmentOf(visit, patient));
    }
    await ask('/Appointment?status=booked&_include=Appointment:patient');
    const entity = (type: string, id: string): object => ({ type, id, version: '1' });
    expect(audit.entries).toMatchObject([
      {
        action: 'search',
        patient: 'p1',
        criteria: ['status', '_include'],
        entities: [entity('Appointment', 'v1'), entity('Appointment', 'v2'), entity('Patient', 'p1')],
      },
      { action: 'search', patient: 'p2', entities: [entity('Appointment', 'v3')] },
    ]);
    expect(JSON.stringify(audit.entries)).not.toContain('booked');
  });

  it('records a search that finds nothing, one that only counts, and each version of a history', async () => {
    const { ask, audit, patients } = await start();
    patients.put(patientOf('p1'));
    patients.put(patientOf('p1', 'Tal'));
    await ask('/Patient?family=Nobody');
    await ask('/Patient?_summary=count');
    await ask('/Patient/p1/_history');
    expect(audit.entries).toMatchObject([
      { action: 'search', criteria: ['family'], entities: [{ type: 'Patient' }] },
      { action: 'search', criteria: ['_summary'], entities: [{ type: 'Patient' }] },
      { action: 'history', patient: 'p1', entities: [{ version: '2' }, { version: '1' }] },
    ]);
    expect(audit.entries.map(({ patient }) => patient)).toEqual([undefined, undefined, 'p1']);
  });

  it('records of a history in pages the versions that a page shows', async () => {
    const { ask, audit, patients } = await start();
    for (const family of ['Berg', 'Tal', 'See']) patients.put(patientOf('p1', family));
    await ask('/Patient/p1/_history?_count=2');
    await ask('/Patient/p1/_history?_count=2&_cursor=2');
    await ask('/Patient/p1/_history?_count=0');
    const shown = audit.entries.map(({ entities }) => entities.map(({ version }) => version));
    expect(shown).toEqual([['3', '2'], ['1'], [undefined]]);
  });

  it('records what a store refuses after it was allowed', async () => {
    const { ask, audit, patients } = await start();
    patients.put(patientOf('p1'));
    const forbidden = jest.spyOn(patients, 'update').mockRejectedValue(new Forbidden());
    const body = JSON.stringify(patientOf('p1', 'Tal'));
    expect((await ask('/Patient/p1', { method: 'PUT', body, ...matching })).status).toBe(403);
    forbidden.mockRestore();
    expect(audit.entries).toMatchObject([
      { action: 'update', outcome: 'denied', reason: 'http-403', patient: 'p1', entities: [{ id: 'p1' }] },
    ]);
  });

  it('discloses nothing that cannot be recorded, and refuses nothing either', async () => {
    const denies = (_s: unknown, { action }: { readonly action: string }): Decision =>
      action === 'delete' ? deny('role') : ALLOW_ALL;
    const { ask, audit, patients } = await start({ decide: denies });
    patients.put(patientOf('p1'));
    audit.fails = () => {
      throw new Unavailable(1);
    };
    for (const [path, method] of [
      ['/Patient/p1', 'GET'],
      ['/Patient', 'GET'],
      ['/Patient/p1/_history', 'GET'],
      ['/Patient/nobody', 'GET'],
      ['/Patient/p1', 'DELETE'],
    ] as const) {
      const answer = await ask(path, { method });
      expect([path, answer.status, answer.headers.get('retry-after')]).toEqual([path, 503, '1']);
      expect(JSON.stringify(answer.body)).not.toContain('Berg');
    }
    audit.fails = undefined;
    expect((await ask('/Patient/p1')).status).toBe(200);
  });

  it('records a write once, in its transaction, and an update that was done before as what it is', async () => {
    const { ask, audit, patients } = await start();
    const made = await ask('/Patient', { method: 'POST', body: JSON.stringify(patientOf('x')) });
    const id = String(made.body['id']);
    const body = JSON.stringify(patientOf(id, 'Tal'));
    await ask(`/Patient/${id}`, { method: 'PUT', body, ...matching });
    await ask(`/Patient/${id}`, { method: 'PUT', body, ...matching });
    await ask(`/Patient/${id}`, { method: 'DELETE' });
    await expect(patients.read(id, undefined as never)).resolves.toBeUndefined();
    const versions = audit.entries.map(({ action, entities, patient }) => [
      action,
      entities[0]?.version,
      patient,
    ]);
    expect(versions).toEqual([
      ['create', '1', id],
      ['update', '2', id],
      ['update', '2', id],
      ['delete', '2', id],
    ]);
  });

  it('answers no write whose store has committed without its entry', async () => {
    const { ask, patients } = await start();
    patients.put(patientOf('p1'));
    const { create, update } = patients;
    const silent = { written: () => Promise.resolve() };
    Object.assign(patients, {
      create: (...[resource, interaction, options]: Parameters<typeof create>) =>
        create(resource, { ...interaction, audit: silent }, options),
      update: (...[id, resource, interaction, options]: Parameters<typeof update>) =>
        update(id, resource, { ...interaction, audit: silent }, options),
      delete: () => Promise.resolve(),
    });
    const body = JSON.stringify(patientOf('p1', 'Tal'));
    expect((await ask('/Patient', { method: 'POST', body })).status).toBe(500);
    expect((await ask('/Patient/p1', { method: 'PUT', body, ...matching })).status).toBe(500);
    expect((await ask('/Patient/p1', { method: 'DELETE' })).status).toBe(500);
  });

  it('records denials with their reason, and a patient only where it is one', async () => {
    const { ask, audit, patients } = await start({
      decide: (_subject, { action, attributes }) => {
        if (action === 'delete') return deny('role');
        return attributes ? deny('consent') : ALLOW_ALL;
      },
    });
    patients.put(patientOf('p1'));
    await ask('/Patient/p1');
    await ask('/Patient/p1', { method: 'DELETE' });
    await ask('/Patient', { method: 'POST', body: JSON.stringify(patientOf('made-up')) });
    expect(audit.entries).toEqual([
      expect.objectContaining({ action: 'read', outcome: 'denied', reason: 'consent', patient: 'p1' }),
      expect.objectContaining({ action: 'delete', outcome: 'denied', reason: 'role' }),
      expect.objectContaining({ action: 'create', outcome: 'denied', reason: 'consent' }),
    ]);
    expect(audit.entries.map(({ patient }: Access) => patient)).toEqual(['p1', undefined, undefined]);
  });

  it('records what failed, and not what was no access', async () => {
    const { ask, audit, patients } = await start();
    patients.put(patientOf('p1'));
    const body = JSON.stringify(patientOf('p1'));
    await ask('/Patient/nobody');
    await ask('/Patient/p1', { method: 'PUT', body, headers: { 'if-match': 'W/"9"' } });
    await ask('/Patient?unknown=1');
    await ask('/Patient/p1', { headers: { authorization: 'Bearer nobody' } });
    await ask('/metadata');
    expect(audit.entries.map(({ outcome, reason, patient }) => [outcome, reason, patient])).toEqual([
      ['failed', 'http-404', undefined],
      ['failed', 'http-412', 'p1'],
    ]);
  });

  const operations: OperationDefinition[] = [
    {
      name: '$list',
      level: 'type',
      methods: ['GET'],
      documentation: 'Lists.',
      run: () =>
        Promise.resolve({
          status: 200,
          body: {
            resourceType: 'Parameters',
            parameter: [
              { name: 'one', resource: patientOf('p1') },
              { name: 'two', part: [{ name: 'of', valueReference: { reference: 'Patient/p2' } }] },
            ],
          },
        }),
    },
    {
      name: '$forgets',
      level: 'type',
      methods: ['POST'],
      documentation: 'Changes something and does not say so.',
      affectsState: true,
      run: () => Promise.resolve({ status: 200 }),
    },
  ];

  it('records all that the answer of an operation holds, and answers none that changed something silently', async () => {
    const { ask, audit } = await start({ operations });
    expect((await ask('/Patient/$list')).status).toBe(200);
    expect(audit.entries).toMatchObject([
      { action: '$list', patient: 'p1', entities: [{ type: 'Patient', id: 'p1' }] },
      { action: '$list', patient: 'p2', entities: [{ type: 'Patient' }] },
    ]);
    expect((await ask('/Patient/$forgets', { method: 'POST' })).status).toBe(500);
  });
});
