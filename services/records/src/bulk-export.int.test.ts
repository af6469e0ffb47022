import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ConsentRule } from '@careplane/access';
import { until } from '@careplane/testing';
import { exampleOf } from '../test/examples.ts';
import { exportCalls } from '../test/export-calls.ts';
import type { ExportCalls } from '../test/export-calls.ts';
import { startRecordsLab, treating } from '../test/records-lab.ts';
import type { Body, Caller, RecordsLab } from '../test/records-lab.ts';

let lab: RecordsLab;
let calls: ExportCalls;
let app: Caller;

beforeAll(async () => {
  lab = await startRecordsLab();
  calls = exportCalls(lab);
}, 120_000);
afterAll(() => lab.stop());
beforeEach(async () => {
  app = await lab.caller('app', {});
});

/** A patient with records of these types. */
async function patientWith(...types: readonly string[]): Promise<string> {
  const patient = lab.patient();
  const doctor = await lab.caller('practitioner', treating(patient));
  const entry = types.map((type) => ({
    resource: exampleOf(type, patient),
    request: { method: 'POST', url: type },
  }));
  const made = await lab.ask('POST /', doctor, {
    body: { resourceType: 'Bundle', type: 'transaction', entry },
  });
  expect(made.status).toBe(200);
  return patient;
}

const deny = (patient: string): ConsentRule => ({
  ...{ patient, type: 'deny', recipients: [], purposes: [], dataClasses: [] },
});
const ofPatient = (resources: readonly Body[], patient: string): Body[] =>
  resources.filter((one) => JSON.stringify(one).includes(`Patient/${patient}`));
const typesOf = (resources: readonly Body[]): unknown[] =>
  resources.map((one) => one['resourceType']).toSorted();
const faultsOf = (body: Body): unknown => body.issue?.map(({ expression }) => expression?.[0]);

/** Entries of the audit of exports about a patient. */
async function auditedExports(patient: string): Promise<number> {
  const events = await lab.database.collection('outbox').find().toArray();
  const entries = JSON.stringify(events).matchAll(
    /"action":"export"(?:(?!"action")[^])*?"patient":"([^"]+)"/g,
  );
  return [...entries].filter(([, id]) => id === patient).length;
}

describe('a bulk export', () => {
  it('is kicked off, asked after and fetched, each resource once', async () => {
    const [one, other] = await Promise.all([
      patientWith('Observation', 'Observation', 'Condition'),
      patientWith('Observation', 'Immunization'),
    ]);
    const kickedOff = await calls.kickOff(app);
    expect([kickedOff.status, kickedOff.headers.get('content-location')]).toEqual([
      202,
      expect.stringMatching(/\/fhir\/R4\/\$export-jobs\/[0-9a-f-]{36}$/),
    ]);
    const manifest = await calls.manifest(app, calls.placeOf(kickedOff));
    expect(manifest).toMatchObject({
      requiresAccessToken: true,
      request: expect.stringMatching(/\/fhir\/R4\/\$export$/),
      transactionTime: expect.stringMatching(/Z$/),
      error: [],
    });
    const resources = await calls.all(app);
    expect(typesOf(ofPatient(resources, one))).toEqual(['Condition', 'Observation', 'Observation']);
    expect(typesOf(ofPatient(resources, other))).toEqual(['Immunization', 'Observation']);
  });

  it('is compressed for who takes that, and each file is of one type', async () => {
    await patientWith('Observation', 'Condition');
    const { output } = await calls.manifest(app, calls.placeOf(await calls.kickOff(app)));
    expect(output.length).toBeGreaterThanOrEqual(2);
    for (const { type, url } of output) {
      const file = await calls.file(app, url);
      expect([file.status, file.coding]).toEqual([200, 'gzip']);
      expect(new Set(typesOf(file.resources))).toEqual(new Set([type]));
    }
  });

  it('is of the types and of the time that were asked for', async () => {
    const patient = await patientWith('Observation', 'Condition');
    const some = await calls.all(app, 'Patient/$export?_type=Condition,Procedure');
    expect(typesOf(ofPatient(some, patient))).toEqual(['Condition']);
    const since = encodeURIComponent(new Date().toISOString());
    const later = await patientWith('Condition');
    const changed = await calls.all(app, `$export?_since=${since}`);
    expect([ofPatient(changed, patient), ofPatient(changed, later)]).toMatchObject([[], [{}]]);
  });

  it('begins with what changed in the very millisecond that _since names', async () => {
    const patient = await patientWith('Condition');
    const [made] = ofPatient(await calls.all(app, '$export?_type=Condition'), patient);
    const at = Date.parse((made?.['meta'] as { lastUpdated: string }).lastUpdated);
    const changedSince = async (ms: number): Promise<Body[]> => {
      const since = encodeURIComponent(new Date(ms).toISOString());
      return ofPatient(await calls.all(app, `$export?_type=Condition&_since=${since}`), patient);
    };
    expect([await changedSince(at), await changedSince(at + 1)]).toMatchObject([[{}], []]);
  });

  it('says what is wrong with a kick-off', async () => {
    const synchronous = await lab.ask('GET $export', app);
    expect([synchronous.status, faultsOf(synchronous.body)]).toEqual([400, ['http.prefer']]);
    const wrong = await calls.kickOff(
      app,
      '$export?_type=Spaceship&_since=yesterday&_outputFormat=text/csv&_typeFilter=a&_color=b',
    );
    expect([wrong.status, faultsOf(wrong.body)]).toEqual([
      400,
      ['http._type', 'http._since', 'http._outputFormat', 'http._typeFilter', 'http._color'],
    ]);
    const lenient = await lab.ask('GET $export?_type=Spaceship,Condition&_elements=id', app, {
      headers: { prefer: 'respond-async, handling=lenient' },
    });
    expect(lenient.status).toBe(202);
    expect((await lab.ask('POST $export', app, { body: {} })).status).toBe(405);
  });

  it('leaves out what a consent withholds, also of one that came after the kick-off', async () => {
    const [open, closed] = await Promise.all([patientWith('Observation'), patientWith('Observation')]);
    const place = calls.placeOf(await calls.kickOff(app));
    const { output } = await calls.manifest(app, place);
    const fetched = async (): Promise<Body[]> => {
      const files: Body[][] = [];
      for (const { url } of output) files.push([...(await calls.file(app, url)).resources]);
      return files.flat();
    };
    const before = await fetched();
    expect([ofPatient(before, open), ofPatient(before, closed)]).toMatchObject([[{}], [{}]]);
    expect(await auditedExports(closed)).toBe(1);
    lab.tell(app, { consents: [deny(closed)] });
    // facts of before the withdrawal hold for some milliseconds more
    const withheld = async (): Promise<boolean> => ofPatient(await fetched(), closed).length === 0;
    await until(withheld, { what: 'the withdrawal to count' });
    const audited = await Promise.all([auditedExports(open), auditedExports(closed)]);
    expect(ofPatient(await fetched(), open)).toMatchObject([{}]);
    expect([await auditedExports(open), await auditedExports(closed)]).toEqual([audited[0] + 1, audited[1]]);
  });

  it('is for apps that may, of what their scopes name', async () => {
    const doctor = await lab.caller('practitioner', {});
    expect((await calls.kickOff(doctor)).status).toBe(403);
    await patientWith('Observation', 'Condition');
    const token = await lab.token({
      role: 'app',
      client: 'narrow',
      sub: 'narrow',
      scope: 'system/Condition.rs',
    });
    const narrow = { id: 'narrow', token };
    expect((await calls.kickOff(narrow, '$export?_type=Condition,Observation')).status).toBe(403);
    expect(new Set(typesOf(await calls.all(narrow)))).toEqual(new Set(['Condition']));
    const writer = await lab.token({ role: 'app', client: 'w', sub: 'w', scope: 'system/Condition.cu' });
    expect((await calls.kickOff({ id: 'w', token: writer })).status).toBe(403);
  });

  it('is its own client’s alone, and is there no more when it was deleted', async () => {
    await patientWith('Observation');
    const place = calls.placeOf(await calls.kickOff(app));
    const { output } = await calls.manifest(app, place);
    const other = await lab.caller('app', {});
    const url = output[0]?.url ?? '';
    expect((await lab.ask(`GET ${place}`, other)).status).toBe(404);
    expect((await calls.file(other, url)).status).toBe(404);
    expect((await lab.ask(`DELETE ${place}`, other)).status).toBe(404);
    expect((await lab.ask(`DELETE ${place}`, app)).status).toBe(202);
    expect((await lab.ask(`GET ${place}`, app)).status).toBe(404);
    expect((await calls.file(app, url)).status).toBe(404);
    expect((await lab.ask(`GET $export-jobs/${randomUUID()}`, app)).status).toBe(404);
  });

  it('is refused when one has too many', async () => {
    const answers = [];
    for (let at = 0; at < 9; at += 1) answers.push((await calls.kickOff(app)).status);
    expect([answers[0], answers.at(-1)]).toEqual([202, 429]);
  });

  it('is refused when one asks for too many at once', async () => {
    const other = await lab.caller('app', {});
    const asked = Array.from({ length: 12 }, async () => (await calls.kickOff(other)).status);
    const answers = Map.groupBy(await Promise.all(asked), (one) => one);
    expect([answers.get(202)?.length, answers.get(429)?.length]).toEqual([8, 4]);
  });

  it('keeps no resource: a job and its files hold ids alone', async () => {
    await calls.manifest(app, calls.placeOf(await calls.kickOff(app)));
    const kept = await Promise.all(
      ['exports', 'export_files'].map((name) => lab.database.collection(name).find().toArray()),
    );
    expect(JSON.stringify(kept)).not.toContain('Quorvinax');
  });
});
