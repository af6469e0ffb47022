import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { exampleOf } from '../test/examples.ts';
import { resourcesOf, startRecordsLab, treating } from '../test/records-lab.ts';
import type { Answer, Body, Caller, RecordsLab } from '../test/records-lab.ts';

let lab: RecordsLab;
let doctor: Caller;
let patient: string;

beforeAll(async () => {
  lab = await startRecordsLab();
}, 120_000);
afterAll(() => lab.stop());
beforeEach(async () => {
  patient = lab.patient();
  doctor = await lab.caller('practitioner', treating(patient));
});

const SYSTEM = 'urn:test:transaction';
const urn = (): string => `urn:uuid:${randomUUID()}`;

interface Entry {
  readonly fullUrl?: string;
  readonly resource?: object;
  readonly request: object;
}

/** A create of an example; with `once`, only when nothing with this identifier is there. */
function create(type: string, more: object = {}, once?: string): Entry & { readonly fullUrl: string } {
  return {
    fullUrl: urn(),
    resource: {
      ...exampleOf(type, patient),
      ...(once === undefined ? {} : { identifier: [{ system: SYSTEM, value: once }] }),
      ...more,
    },
    request: {
      method: 'POST',
      url: type,
      ...(once === undefined ? {} : { ifNoneExist: `identifier=${SYSTEM}|${once}` }),
    },
  };
}

const send = (
  entry: readonly Entry[],
  caller = doctor,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> =>
  lab.ask('POST /', caller, { body: { resourceType: 'Bundle', type: 'transaction', entry }, headers });
const statusesOf = ({ body }: Answer): string[] =>
  (body.entry ?? []).map(({ response }) => response?.status.slice(0, 3) ?? '');
const placesOf = ({ body }: Answer): unknown[] => (body.issue ?? []).map(({ expression }) => expression?.[0]);
const countOf = async (type: string): Promise<unknown> =>
  (await lab.ask(`GET ${type}?patient=${patient}&_summary=count`, doctor)).body['total'];

/** How often a write of a type was recorded for the audit. */
async function auditedWrites(type: string): Promise<number> {
  const events = await lab.database.collection('outbox').find().toArray();
  return JSON.stringify(events).split(`"entities":[{"type":"${type}"`).length - 1;
}

describe('a transaction Bundle', () => {
  it('stores all entries, which refer to each other', async () => {
    const visit = create('Encounter');
    const height = create('Observation', { encounter: { reference: visit.fullUrl } });
    const report = create('DiagnosticReport', {
      encounter: { reference: visit.fullUrl },
      result: [{ reference: height.fullUrl }],
    });
    const answer = await send([report, height, visit]);
    expect([answer.status, answer.body['type']]).toEqual([200, 'transaction-response']);
    expect(statusesOf(answer)).toEqual(['201', '201', '201']);
    const [made, measured, visited] = resourcesOf(answer) as [Body, Body, Body];
    expect(made).toMatchObject({
      encounter: { reference: `Encounter/${String(visited.id)}` },
      result: [{ reference: `Observation/${String(measured.id)}` }],
    });
    expect(answer.body.entry?.[0]?.response?.location).toMatch(
      /\/fhir\/R4\/DiagnosticReport\/[^/]+\/_history\/1$/,
    );
    const found = await lab.ask(`GET Observation?encounter=Encounter/${String(visited.id)}`, doctor);
    expect(resourcesOf(found).map(({ id }) => id)).toEqual([measured.id]);
    expect(await lab.ask(`GET DiagnosticReport/${String(made.id)}`, doctor)).toMatchObject({ body: made });
  });

  it('stores nothing when one entry is wrong, and names each that is', async () => {
    const wrong = [
      create('Observation'),
      create('Observation', { status: 'done' }),
      create('Observation', { encounter: { reference: urn() } }),
    ];
    const answer = await send(wrong.slice(0, 2));
    expect([answer.status, placesOf(answer)]).toEqual([400, ['Bundle.entry[1].resource.status']]);
    const dangling = await send([create('Condition'), wrong[2] as Entry]);
    expect([dangling.status, placesOf(dangling)]).toEqual([
      400,
      ['Bundle.entry[1].resource.encounter.reference'],
    ]);
    expect([await countOf('Observation'), await countOf('Condition')]).toEqual([0, 0]);
  });

  it('stores nothing when one entry may not be written, and says no more than by itself', async () => {
    const other = lab.patient();
    const mixed = [create('Condition'), create('Condition', { subject: { reference: `Patient/${other}` } })];
    const answer = await send(mixed);
    expect([answer.status, placesOf(answer)]).toEqual([403, ['Bundle.entry[1]']]);
    const unknown = await lab.caller('practitioner', treating(patient, 'nobody'));
    const nobody = [create('Condition'), create('Condition', { subject: { reference: 'Patient/nobody' } })];
    const refused = await send(nobody, unknown);
    expect([refused.status, placesOf(refused)]).toEqual([422, ['Bundle.entry[1]']]);
    expect(await countOf('Condition')).toBe(0);
  });

  it('finds what is there already, and lets others refer to it', async () => {
    const visit = create('Encounter', {}, 'visit');
    const first = await send([
      visit,
      create('Procedure', { encounter: { reference: visit.fullUrl } }, 'one'),
    ]);
    const again = create('Encounter', {}, 'visit');
    const second = await send([
      again,
      create('Procedure', { encounter: { reference: again.fullUrl } }, 'two'),
    ]);
    expect([statusesOf(first), statusesOf(second)]).toEqual([
      ['201', '201'],
      ['200', '201'],
    ]);
    const [known] = resourcesOf(first);
    expect(resourcesOf(second)[1]).toMatchObject({
      encounter: { reference: `Encounter/${String(known?.id)}` },
    });
    expect([await countOf('Encounter'), await countOf('Procedure')]).toEqual([1, 2]);
  });

  it('that is sent several times at once stores each entry once', async () => {
    const entries = ['a', 'b', 'c'].map((once) => create('Immunization', {}, once));
    const answers = await Promise.all(Array.from({ length: 4 }, () => send(entries)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(answers.flatMap(statusesOf).filter((status) => status === '201')).toHaveLength(3);
    expect(await countOf('Immunization')).toBe(3);
  });

  it('changes versions that it names', async () => {
    const [made] = resourcesOf(await send([create('Condition')])) as [Body];
    const update = (ifMatch: string): Entry => ({
      resource: { ...made, language: 'en' },
      request: { method: 'PUT', url: `Condition/${String(made.id)}`, ifMatch },
    });
    const late = await send([create('Condition'), update('W/"4"')]);
    expect([late.status, placesOf(late), await countOf('Condition')]).toEqual([412, ['Bundle.entry[1]'], 1]);
    const done = await send([create('Condition'), update('W/"1"')]);
    expect([statusesOf(done), resourcesOf(done)[1]?.['language']]).toEqual([['201', '200'], 'en']);
  });

  it('with two entries about the same resource is refused', async () => {
    const twice = await send([create('Condition', {}, 'same'), create('Condition', {}, 'same')]);
    expect([twice.status, placesOf(twice)]).toEqual([400, ['Bundle.entry[1].request.url']]);
  });

  it('shows nothing where the caller prefers that', async () => {
    const answer = await send([create('CarePlan')], doctor, { prefer: 'return=minimal' });
    expect([statusesOf(answer), resourcesOf(answer)]).toEqual([['201'], []]);
  });

  it('with types of another service says which are here', async () => {
    const answer = await send([
      create('Condition'),
      { resource: { resourceType: 'Patient' }, request: { method: 'POST', url: 'Patient' } },
    ]);
    expect([answer.status, placesOf(answer)]).toEqual([400, ['Bundle.entry[1].request.url']]);
  });

  it('commits an entry of the audit for each resource, in the same transaction', async () => {
    const before = await auditedWrites('AllergyIntolerance');
    const answer = await send([create('AllergyIntolerance'), create('AllergyIntolerance')]);
    expect(answer.status).toBe(200);
    expect((await auditedWrites('AllergyIntolerance')) - before).toBe(2);
    const wrong = await send([
      create('AllergyIntolerance'),
      create('AllergyIntolerance', { encounter: { reference: urn() } }),
    ]);
    expect(wrong.status).toBe(400);
    expect((await auditedWrites('AllergyIntolerance')) - before).toBe(2);
  });

  it('of many entries is one commit', async () => {
    const small = Array.from({ length: 40 }, () => create('Observation'));
    const answer = await send(small, doctor, { prefer: 'return=minimal' });
    expect([answer.status, await countOf('Observation')]).toEqual([200, 40]);
  });
});
