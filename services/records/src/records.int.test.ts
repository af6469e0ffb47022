import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { watchRoutes } from '@careplane/kit/testing';
import { Binary } from 'mongodb';
import { exampleOf, SECRET } from '../test/examples.ts';
import { resourcesOf, startRecordsLab, treating } from '../test/records-lab.ts';
import type { Answer, Caller, RecordsLab } from '../test/records-lab.ts';
import { KINDS } from './kinds/index.ts';
import { definitions } from './openapi.ts';

const TYPES = KINDS.map(({ type }) => type);
const watch = watchRoutes(definitions.filter(({ type }) => type !== 'Binary')); // documents.int.test.ts has those

let lab: RecordsLab;
let patient: Caller;
let doctor: Caller;

beforeAll(async () => {
  lab = await startRecordsLab();
  patient = await lab.caller('patient');
  doctor = await lab.caller('practitioner', treating(patient.id));
}, 120_000);
afterAll(async () => {
  watch.stop();
  await keepForValidator();
  await lab.stop();
});

/** What the service has answered in these tests, for `scripts/fhir/check.ts`. */
async function keepForValidator(): Promise<void> {
  const entry = TYPES.map((type) => ({ request: { method: 'GET', url: `${type}?_count=2` } }));
  const asked = { resourceType: 'Bundle', type: 'batch', entry };
  const { body } = await lab.ask('POST /', doctor, { body: asked });
  const folder = new URL('../../../dist/fhir/', import.meta.url);
  await mkdir(folder, { recursive: true });
  await writeFile(new URL('records.ndjson', folder), `${JSON.stringify(body)}\n`);
}

const create = (type: string, more: object = {}, caller = doctor): Promise<Answer> =>
  lab.ask(`POST ${type}`, caller, { body: { ...exampleOf(type, patient.id), ...more } });
const find = async (query: string, caller = doctor): Promise<unknown[]> =>
  resourcesOf(await lab.ask(`GET ${query}`, caller)).map(({ id }) => id);

describe('a clinical record', () => {
  it.each(TYPES)('%s is created, read, changed, and each version is kept', async (type) => {
    const made = await create(type);
    expect([made.status, made.headers.get('etag')]).toEqual([201, 'W/"1"']);
    const id = String(made.body.id);
    const read = await lab.ask(`GET ${type}/${id}`, patient);
    expect(read.body).toEqual(made.body);
    const changed = await lab.ask(`PUT ${type}/${id}`, doctor, {
      body: { ...made.body, language: 'en' },
      headers: { 'if-match': 'W/"1"' },
    });
    expect([changed.status, changed.body['language']]).toEqual([200, 'en']);
    const former = await lab.ask(`GET ${type}/${id}/_history/1`, doctor);
    expect([former.status, former.body['language']]).toEqual([200, undefined]);
    expect(resourcesOf(await lab.ask(`GET ${type}/${id}/_history`, patient))).toHaveLength(2);
    expect(await find(`${type}?_id=${id}`)).toEqual([id]);
    const posted = await lab.ask(`POST ${type}/_search`, doctor, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(posted.status).toBe(200);
  });

  it('has a test of every route', async () => {
    expect((await lab.ask(`GET Encounter/$everything?patient=${patient.id}`, patient)).status).toBe(200);
    expect(watch.missing()).toEqual([]);
  });

  it.each(TYPES)('%s about nobody is refused', async (type) => {
    const unknown = await lab.ask(`POST ${type}`, await lab.caller('practitioner', treating('nobody')), {
      body: exampleOf(type, 'nobody'),
    });
    expect([unknown.status, unknown.body.issue?.[0]?.details?.coding?.[0]?.code]).toEqual([
      422,
      'unknown-patient',
    ]);
  });

  it('of an unknown subject, or of a group, is refused with its path', async () => {
    const app = await lab.caller('app');
    for (const reference of ['Group/g', 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0']) {
      const answer = await create('Observation', { subject: { reference } }, app);
      expect([answer.status, answer.body.issue?.[0]?.expression]).toEqual([400, ['Observation.subject']]);
    }
  });

  it('stays with its patient', async () => {
    const other = lab.patient();
    const both = await lab.caller('practitioner', treating(patient.id, other));
    const made = await create('Condition');
    const moved = await lab.ask(`PUT Condition/${String(made.body.id)}`, both, {
      body: { ...made.body, subject: { reference: `Patient/${other}` } },
      headers: { 'if-match': 'W/"1"' },
    });
    expect([moved.status, moved.body.issue?.[0]?.expression]).toEqual([400, ['Condition.subject']]);
  });

  it('is written once for an Idempotency-Key, and for one search by If-None-Exist', async () => {
    const identifier = [{ system: 'urn:lab', value: 'once' }];
    const headers = { 'idempotency-key': 'a-key-of-its-own' };
    const body = exampleOf('Observation', patient.id);
    const [first, again] = [
      await lab.ask('POST Observation', doctor, { body, headers }),
      await lab.ask('POST Observation', doctor, { body, headers }),
    ];
    expect([again.status, again.body.id]).toEqual([201, first.body.id]);
    const conditional = (): Promise<Answer> =>
      lab.ask('POST Observation', doctor, {
        body: { ...body, identifier },
        headers: { 'if-none-exist': 'identifier=urn:lab|once' },
      });
    const answers = await Promise.all([conditional(), conditional(), conditional()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
    expect(new Set(answers.map((one) => one.body.id)).size).toBe(1);
  });
});

describe('who sees a record', () => {
  it('is the patient, who treats them, and an app as far as the patient agrees', async () => {
    const id = String((await create('Condition')).body.id);
    const statusFor = async (caller: Caller): Promise<number> =>
      (await lab.ask(`GET Condition/${id}`, caller)).status;
    const denying = await lab.caller('app', {
      consents: [{ patient: patient.id, type: 'deny', recipients: [], purposes: [], dataClasses: [] }],
    });
    expect(await Promise.all([patient, doctor, await lab.caller('app')].map(statusFor))).toEqual([
      200, 200, 200,
    ]);
    const others = [
      await lab.caller('patient'),
      await lab.caller('practitioner', treating(lab.patient())),
      denying,
    ];
    expect(await Promise.all(others.map(statusFor))).toEqual([404, 404, 404]);
    for (const role of ['frontdesk', 'admin', 'compliance'] as const)
      expect(await statusFor(await lab.caller(role))).toBe(403);
    for (const caller of others) expect(await find('Condition', caller)).not.toContain(id);
    expect(await find('Condition', patient)).toContain(id);
  });

  it('ends with the time that a consent gives, and with its withdrawal', async () => {
    const id = String((await create('Observation')).body.id);
    const permit = (until: string): object => ({
      patient: patient.id,
      type: 'permit',
      recipients: [],
      purposes: ['HRESCH'],
      dataClasses: [],
      until,
    });
    const statusUnder = async (consents: readonly object[]): Promise<number> => {
      const researcher = await lab.caller('practitioner', {
        ...treating(patient.id),
        consents: consents as never,
      });
      return (await lab.ask(`GET Observation/${id}`, researcher, { headers: { 'purpose-of-use': 'TREAT' } }))
        .status;
    };
    const deny = { ...permit('2999-01-01T00:00:00Z'), type: 'deny', purposes: [] };
    expect(await statusUnder([deny])).toBe(404);
    expect(await statusUnder([{ ...deny, until: '2020-01-01T00:00:00Z' }])).toBe(200);
    expect(await statusUnder([])).toBe(200);
  });

  it('is bound by the category that a scope names', async () => {
    const [vital, social] = [
      await create('Observation'),
      await create('Observation', {
        category: [{ coding: [{ system: 'urn:category', code: 'social-history' }] }],
      }),
    ];
    const token = await lab.token({
      role: 'patient',
      sub: patient.id,
      person: { type: 'Patient', id: patient.id },
      scope: 'user/Observation.rs?category=urn:category|social-history',
    });
    const found = await find('Observation?_count=100', { ...patient, token });
    expect(found).toContain(social.body.id);
    expect(found).not.toContain(vital.body.id);
  });
});

describe('a search', () => {
  const own = { system: 'urn:test', value: 'search' };
  let ids: string[];
  beforeAll(async () => {
    ids = [];
    for (const [date, code] of [
      ['2021-03-01', 'a'],
      ['2023-05-02', 'b'],
      ['2022-01-31', 'a'],
    ] as const) {
      const made = await create('Observation', {
        identifier: [own],
        effectiveDateTime: date,
        code: { coding: [{ system: 'urn:code', code }] },
        encounter: { reference: `Encounter/of-${code}` },
      });
      ids.push(String(made.body.id));
    }
  });
  const among = async (query: string): Promise<number[]> =>
    (await find(`Observation?identifier=urn:test|search&${query}`)).map((id) => ids.indexOf(String(id)));

  it('finds by code, date, status, category, encounter, identifier and patient', async () => {
    expect(await among('code=urn:code|a&_sort=date')).toEqual([0, 2]);
    expect(await among('code=a,b&_sort=-date')).toEqual([1, 2, 0]);
    expect(await among('code:not=a')).toEqual([1]);
    expect(await among('date=ge2022&date=lt2023')).toEqual([2]);
    expect(await among('date=2021-03')).toEqual([0]);
    expect(await among('encounter=Encounter/of-b')).toEqual([1]);
    expect(await among('status=amended')).toEqual([]);
    expect(await among('category=vital-signs&_sort=date')).toEqual([0, 2, 1]);
    expect(await among(`patient=${patient.id}&_sort=date`)).toEqual([0, 2, 1]);
    expect(await among('patient=nobody')).toEqual([]);
    expect(await among('category:missing=true')).toEqual([]);
  });

  it('goes page by page in order, and counts', async () => {
    const first = await lab.ask(
      `GET Observation?patient=${patient.id}&identifier=urn:test|search&_sort=-date&_count=2&_total=accurate`,
      doctor,
    );
    expect(first.body['total']).toBe(3);
    const next = (first.body['link'] as readonly { relation: string; url: string }[]).find(
      ({ relation }) => relation === 'next',
    );
    const second = await lab.ask(`GET ${String(next?.url).split('/fhir/R4/')[1] ?? ''}`, doctor);
    expect([...resourcesOf(first), ...resourcesOf(second)].map(({ id }) => ids.indexOf(String(id)))).toEqual([
      1, 2, 0,
    ]);
  });

  it('brings the visit of what it finds', async () => {
    const visit = await create('Encounter');
    const made = await create('Procedure', {
      encounter: { reference: `Encounter/${String(visit.body.id)}` },
    });
    const found = await find(`Procedure?_id=${String(made.body.id)}&_include=Procedure:encounter`);
    expect(found).toEqual([made.body.id, visit.body.id]);
    const back = await find(`Encounter?_id=${String(visit.body.id)}&_revinclude=Procedure:encounter`);
    expect(back).toEqual([visit.body.id, made.body.id]);
  });

  it('by what is not served is refused', async () => {
    const answer = await lab.ask('GET Observation?nonsense=1', doctor);
    expect([answer.status, answer.body.issue?.[0]?.expression]).toEqual([400, ['http.nonsense']]);
  });
});

describe('at rest', () => {
  it('neither texts nor codes of a diagnosis can be read', async () => {
    for (const type of TYPES) await create(type);
    const collections = await lab.database.listCollections().toArray();
    const stored: string[] = [];
    for (const { name } of collections) {
      for (const document of await lab.database.collection(name).find().toArray())
        stored.push(JSON.stringify(document, asRead));
    }
    const all = stored.join('\n');
    expect(all).toContain(patient.id); // the dump shows what stands in plain
    for (const text of [SECRET, '82423001', '8302-2', '1049504', '176.7', 'Chronic pain']) {
      expect(all).not.toContain(text);
    }
  });
});

/** Bytes as whoever has the database reads them; what they say of themselves as JSON is base64. */
function asRead(this: Readonly<Record<string, unknown>>, name: string, value: unknown): unknown {
  const held = this[name];
  return held instanceof Binary ? Buffer.from(held.value()).toString('latin1') : value;
}
