import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { appointmentOf, patientOf, startFhir } from '../../../test/fhir-ground.ts';
import type { Answer, FhirGround } from '../../../test/fhir-ground.ts';
import { ALLOW_ALL } from '../../testing/index.ts';
import type { Resource, Stored } from '../resource.ts';
import { withoutPlaceholders } from './placeholders.ts';

let ground: FhirGround;
beforeAll(async () => {
  ground = await startFhir({
    bundles: { run: () => Promise.reject(new Error('nothing here is transactional')) },
    decide: (_subject, { action, type }) =>
      action === 'delete' && type === 'Patient' ? { effect: 'deny', reason: 'role' } : ALLOW_ALL,
  });
});
afterAll(() => {
  ground.stop();
});

const send = (body: object, headers: Record<string, string> = {}): Promise<Answer> =>
  ground.ask('', { method: 'POST', body: JSON.stringify(body), headers });
const bundle = (type: string, entry: readonly unknown[]): object => ({ resourceType: 'Bundle', type, entry });
const request = (method: string, url: string, more: object = {}): object => ({ method, url, ...more });

interface Response {
  readonly resource?: {
    readonly resourceType: string;
    readonly id: string;
    readonly entry?: readonly unknown[];
  };
  readonly response: {
    readonly status: string;
    readonly location?: string;
    readonly outcome?: { readonly issue: readonly Issue[] };
  };
}
interface Issue {
  readonly code: string;
  readonly expression?: readonly string[];
}
const refusedAt = (path: string): object => ({
  response: { outcome: { issue: [{ expression: [path] }] } },
});
const responses = ({ body }: Answer): readonly Response[] => body.entry as unknown as readonly Response[];
const statuses = (answer: Answer): number[] =>
  responses(answer).map(({ response }) => Number.parseInt(response.status, 10));
const places = ({ body }: Answer): (readonly string[] | undefined)[] =>
  (body['issue'] as readonly Issue[]).map(({ expression }) => expression);

describe('a batch', () => {
  it('does each entry by itself, in order, and says what became of each', async () => {
    const patient = patientOf('ignored');
    const answer = await send(
      bundle('batch', [
        { resource: patient, request: request('POST', 'Patient') },
        { resource: { ...patient, gender: 'none' }, request: request('POST', 'Patient') },
        { request: request('GET', 'Patient?family=Berg') },
        { request: request('GET', 'Patient/nobody') },
        { request: request('DELETE', 'Patient/nobody') },
        { request: request('GET', 'Observation/1') },
      ]),
    );
    expect([answer.status, answer.body['type']]).toEqual([200, 'batch-response']);
    expect(statuses(answer)).toEqual([201, 400, 200, 404, 403, 400]);
    const [made, wrong, found, , , foreign] = responses(answer);
    expect(made).toMatchObject({
      response: { location: expect.stringMatching(/\/Patient\/[^/]+\/_history\/1$/), etag: 'W/"1"' },
    });
    expect(wrong).toMatchObject(refusedAt('Bundle.entry[1].resource.gender'));
    expect(found).toMatchObject({ resource: { type: 'searchset', entry: [{ search: { mode: 'match' } }] } });
    expect(foreign).toMatchObject(refusedAt('Bundle.entry[5].request.url'));
  });

  it('does the others when an entry asks nothing that can be understood', async () => {
    const answer = await send(
      bundle('batch', [
        { resource: patientOf('ignored'), request: request('POST', 'Patient') },
        { request: request('PATCH', 'Patient/1') },
        {},
        'no entry',
        { request: request('PUT', 'Patient') },
        { request: request('GET', 'Patient/nobody') },
      ]),
    );
    expect([answer.status, statuses(answer)]).toEqual([200, [201, 400, 400, 400, 400, 404]]);
    const [, method, nothing, text, url] = responses(answer);
    expect(method).toMatchObject(refusedAt('Bundle.entry[1].request.method'));
    expect(nothing).toMatchObject(refusedAt('Bundle.entry[2].request'));
    expect(text).toMatchObject(refusedAt('Bundle.entry[3]'));
    expect(url).toMatchObject(refusedAt('Bundle.entry[4].request.url'));
  });

  it('takes the version and the criteria of each entry', async () => {
    const { id } = ground.patients.put(patientOf('versioned', 'Thal'));
    const resource = { ...patientOf(id, 'Thal'), active: true };
    const answer = await send(
      bundle('batch', [
        { resource, request: request('PUT', `Patient/${id}`) },
        { resource, request: request('PUT', `Patient/${id}`, { ifMatch: 'W/"7"' }) },
        { resource, request: request('PUT', `Patient/${id}`, { ifMatch: 'W/"1"' }) },
        { resource, request: request('POST', 'Patient', { ifNoneExist: 'family=Thal' }) },
        { request: request('GET', `Patient/${id}/_history/1`) },
        { request: request('GET', `Patient/${id}/_history`) },
        { request: request('GET', `Patient/${id}`, { ifNoneMatch: 'W/"2"' }) },
      ]),
    );
    expect(statuses(answer)).toEqual([428, 412, 200, 200, 200, 200, 304]);
  });

  it('records each entry', async () => {
    const before = ground.audit.entries.length;
    const { id } = ground.appointments.put(appointmentOf('of-a-batch', 'p9'));
    await send(
      bundle('batch', [
        { request: request('GET', `Appointment/${id}`) },
        { request: request('DELETE', 'Patient/nobody') },
      ]),
    );
    const recorded = ground.audit.entries.slice(before).map(({ action, outcome }) => `${action} ${outcome}`);
    expect(recorded).toEqual(['read granted', 'delete denied']);
  });
});

describe('a Bundle', () => {
  it.each([
    ['of another type', bundle('collection', []), ['Bundle.type']],
    ['with an entry that asks nothing', bundle('transaction', [{}]), ['Bundle.entry[0].request']],
    [
      'with an unknown method',
      bundle('transaction', [{ request: request('PATCH', 'Patient/1') }]),
      ['Bundle.entry[0].request.method'],
    ],
    [
      'with a POST to an id',
      bundle('transaction', [{ request: request('POST', 'Patient/1') }]),
      ['Bundle.entry[0].request.url'],
    ],
    [
      'with an address of elsewhere',
      bundle('transaction', [{ request: request('GET', '../metadata') }]),
      ['Bundle.entry[0].request.url'],
    ],
    ['that is none', { resourceType: 'Patient' }, ['Bundle.resourceType']],
    [
      'with more than 500 entries',
      bundle('batch', Array(501).fill({ request: request('GET', 'Patient') })),
      ['Bundle.entry'],
    ],
  ])('%s is refused with its path', async (_, body, path) => {
    const answer = await send(body);
    expect([answer.status, places(answer)]).toEqual([400, [path]]);
  });

  it('is not repeated by an Idempotency-Key, which would be believed to hold', async () => {
    const answer = await send(bundle('batch', []), { 'idempotency-key': 'of-no-use' });
    expect(answer.status).toBe(400);
  });

  it('is told by the CapabilityStatement', async () => {
    const { body } = await ground.ask('/metadata');
    const [rest] = body['rest'] as readonly { readonly interaction: unknown }[];
    expect(rest?.interaction).toEqual([{ code: 'transaction' }, { code: 'batch' }]);
  });

  it('as a transaction names every entry that is wrong, and does none', async () => {
    const answer = await send(
      bundle('transaction', [
        { resource: patientOf('a'), request: request('POST', 'Patient') },
        { request: request('GET', 'Appointment') },
        { request: request('GET', 'Basic/1') },
      ]),
    );
    expect(answer.status).toBe(400);
    expect(places(answer)).toEqual([0, 1, 2].map((n) => [`Bundle.entry[${String(n)}].request.url`]));
  });
});

describe('references between entries', () => {
  const entry = { index: 3, type: 'Observation' };
  const urn = 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a';
  const observation = { resourceType: 'Observation', hasMember: [{ reference: urn }], note: [{ text: urn }] };

  it('become literal, in references only', () => {
    expect(withoutPlaceholders(entry, observation, new Map([[urn, 'Observation/o']]))).toEqual({
      ...observation,
      hasMember: [{ reference: 'Observation/o' }],
    });
  });

  it('that lead nowhere, or to a search, are refused with their path', () => {
    const bySearch = { ...observation, encounter: { reference: 'Encounter?identifier=a|b' } };
    let fault: unknown;
    try {
      withoutPlaceholders(entry, bySearch, new Map());
    } catch (error) {
      fault = error;
    }
    expect(fault).toMatchObject({
      extensions: {
        errors: [{ path: 'Observation.hasMember[0].reference' }, { path: 'Observation.encounter.reference' }],
      },
    });
  });

  it('that are literal already leave the resource as it is', () => {
    const literal = { resourceType: 'Observation', subject: { reference: 'Patient/p' } };
    expect(withoutPlaceholders(entry, literal, new Map())).toBe(literal);
  });
});

describe('a transaction', () => {
  it('makes each draft once, before it begins, and stores what the draft has become', async () => {
    const calls: string[] = [];
    const store = {
      draft: (resource: Resource): Promise<{ resource: Resource }> => {
        calls.push('draft');
        return Promise.resolve({ resource: { ...resource, language: 'en' } });
      },
      match: () => Promise.resolve(undefined),
      insert: (_tx: unknown, { resource }: { resource: Resource }, id: string): Promise<Stored> => {
        calls.push(`insert ${String(resource['language'])}`);
        return Promise.resolve({
          ...resource,
          id,
          meta: { versionId: '1', lastUpdated: '2026-11-30T00:00:00Z' },
        });
      },
      replace: () => Promise.reject(new Error('nothing is replaced')),
    };
    const own = await startFhir({
      bundles: {
        run: async (work) => {
          calls.push('begin');
          const committed: (() => void)[] = [];
          const afterCommit = (run: () => void): void => void committed.push(run);
          const done = await work({ session: {} as never, afterCommit });
          for (const run of committed) run();
          return done;
        },
      },
      patient: { transactional: store },
    });
    const entry = { resource: patientOf('ignored'), request: request('POST', 'Patient') };
    const answer = await own.ask('', {
      method: 'POST',
      body: JSON.stringify(bundle('transaction', [entry, entry])),
    });
    expect([statuses(answer), calls]).toEqual([
      [201, 201],
      ['draft', 'draft', 'begin', 'insert en', 'insert en'],
    ]);
    own.stop();
  });
});
