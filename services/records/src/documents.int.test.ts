import { until } from '@careplane/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { watchRoutes } from '@careplane/kit/testing';
import { someText } from '../test/content-calls.ts';
import { attachmentOf, binaryOf, documentCalls, sha1 } from '../test/document-calls.ts';
import type { DocumentCalls } from '../test/document-calls.ts';
import { exampleOf } from '../test/examples.ts';
import { resourcesOf, startRecordsLab, treating } from '../test/records-lab.ts';
import type { Answer, Caller, RecordsLab } from '../test/records-lab.ts';
import { definitions } from './openapi.ts';

const CHUNK = 65_536;
const watch = watchRoutes(definitions.filter(({ type }) => type === 'Binary'));

let lab: RecordsLab;
let calls: DocumentCalls;
let patient: Caller;
let doctor: Caller;
let other: string;

beforeAll(async () => {
  lab = await startRecordsLab({ CONTENT_LIMIT_BYTES: '2000000' });
  calls = documentCalls(lab);
  patient = await lab.caller('patient');
  other = lab.patient();
  doctor = await lab.caller('practitioner', treating(patient.id, other));
}, 120_000);
afterAll(async () => {
  watch.stop();
  await lab.stop();
});

const refer = (attachment: object, caller = doctor, more: object = {}): Promise<Answer> =>
  calls.refer(attachment, caller, { patient: patient.id, more });
const read = (url: unknown, caller = patient, headers: Record<string, string> = {}): Promise<Response> =>
  calls.raw(`GET /fhir/R4/${String(url)}`, caller, { headers });
const bytesOf = async (answer: Response): Promise<Buffer> => Buffer.from(await answer.arrayBuffer());
const pathOf = ({ body }: Answer): unknown => body.issue?.[0]?.expression?.[0];

describe('a document', () => {
  it('whose data came with it has a content of its own, with its size and hash', async () => {
    const bytes = Buffer.from('About pain, and what was done');
    const made = await refer({ contentType: 'text/plain; charset=utf-8', data: bytes.toString('base64') });
    const attachment = attachmentOf(made);
    expect([made.status, attachment]).toEqual([
      201,
      {
        contentType: 'text/plain; charset=utf-8',
        url: expect.stringMatching(/^Binary\/[0-9a-f-]{36}$/),
        size: bytes.length,
        hash: sha1(bytes),
      },
    ]);
    const answer = await read(attachment['url']);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain']);
    expect(await bytesOf(answer)).toEqual(bytes);
  });

  it('whose content was uploaded in pieces is downloaded, also in part', async () => {
    const bytes = someText(5 * CHUNK + 17);
    const path = await calls.upload(bytes, doctor, {
      patient: patient.id,
      ends: [100, 3 * CHUNK, bytes.length],
    });
    expect((await read(binaryOf(path))).status).toBe(404); // nothing refers to it yet
    const made = await refer({ url: binaryOf(path) });
    expect([made.status, attachmentOf(made)]).toEqual([
      201,
      { contentType: 'text/plain', url: binaryOf(path), size: bytes.length, hash: sha1(bytes) },
    ]);
    expect(await bytesOf(await read(binaryOf(path)))).toEqual(bytes);
    const part = await read(binaryOf(path), patient, {
      range: `bytes=${String(CHUNK - 3)}-${String(CHUNK + 3)}`,
    });
    expect(part.status).toBe(206);
    expect(await bytesOf(part)).toEqual(bytes.subarray(CHUNK - 3, CHUNK + 4));
    const head = await calls.raw(`HEAD /fhir/R4/${binaryOf(path)}`, patient);
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(bytes.length)]);
  });

  it('keeps its content through its versions, and takes another one', async () => {
    const data = Buffer.from('the first').toString('base64');
    const made = await refer({ contentType: 'text/plain', data });
    const first = attachmentOf(made);
    const replace = (version: number, body: object): Promise<Answer> =>
      lab.ask(`PUT DocumentReference/${String(made.body.id)}`, doctor, {
        body,
        headers: { 'if-match': `W/"${String(version)}"` },
      });
    const same = await replace(1, { ...made.body, description: 'another title' });
    expect([same.status, attachmentOf(same)]).toEqual([200, first]);
    const second = { contentType: 'text/plain', data: Buffer.from('the second').toString('base64') };
    const changed = await replace(2, { ...same.body, content: [{ attachment: second }] });
    expect(changed.status).toBe(200);
    for (const [attachment, text] of [
      [first, 'the first'],
      [attachmentOf(changed), 'the second'],
    ] as const)
      expect((await bytesOf(await read(attachment['url']))).toString()).toBe(text);
  });

  it('of a Bundle has its content stored once, with all or none', async () => {
    const data = Buffer.from('within a Bundle').toString('base64');
    const contents = lab.database.collection('contents');
    const entry = (more: object): object => ({
      fullUrl: 'urn:uuid:7ef1c5b0-6f4f-4d4e-9f59-0d6f5f3a1d10',
      resource: {
        ...exampleOf('DocumentReference', patient.id),
        content: [{ attachment: { contentType: 'text/plain', data } }],
        ...more,
      },
      request: { method: 'POST', url: 'DocumentReference' },
    });
    const before = await contents.countDocuments();
    const send = (...entries: object[]): Promise<Answer> =>
      lab.ask('POST /', doctor, { body: { resourceType: 'Bundle', type: 'transaction', entry: entries } });
    const done = await send(entry({}));
    expect([done.status, await contents.countDocuments()]).toEqual([200, before + 1]);
    const [made = {}] = resourcesOf(done);
    const { url } = attachmentOf({ ...done, body: made });
    expect((await bytesOf(await read(url))).toString()).toBe('within a Bundle');
    expect((await send(entry({ status: 'nonsense' }))).status).toBe(400);
    expect(await contents.countDocuments()).toBe(before + 1);
  });

  it('may refer to what is elsewhere', async () => {
    const url = 'https://pacs.example/studies/1';
    expect(attachmentOf(await refer({ url }))).toEqual({ url });
  });

  it('refers to no content of another patient, of another uploader, of another document, or that is not whole', async () => {
    const upload = (caller: Caller, about: string): Promise<string> =>
      calls.upload(someText(100), caller, { patient: about });
    const taken = binaryOf(await upload(doctor, patient.id));
    expect((await refer({ url: taken })).status).toBe(201);
    const half = await calls.upload(someText(100), doctor, { patient: patient.id, ends: [10] });
    for (const url of [
      binaryOf(await upload(doctor, other)),
      binaryOf(await upload(patient, patient.id)),
      binaryOf(half),
      'Binary/nobody',
    ]) {
      const refused = await refer({ url });
      expect([refused.status, pathOf(refused)]).toEqual([400, 'DocumentReference.content[0].attachment.url']);
    }
    expect((await refer({ url: taken })).status).toBe(409);
  });

  it('says nothing else of its content than what that is', async () => {
    const data = Buffer.from('a text').toString('base64');
    for (const [wrong, element, status] of [
      [{ size: 7 }, 'size', 400],
      [{ hash: sha1(Buffer.from('another')) }, 'hash', 400],
      [{ url: 'https://pacs.example/1' }, 'url', 400],
      [{ contentType: 'text/html' }, 'contentType', 415],
    ] as const) {
      const refused = await refer({ contentType: 'text/plain', data, ...wrong });
      expect([refused.status, pathOf(refused)]).toEqual([
        status,
        `DocumentReference.content[0].attachment.${element}`,
      ]);
    }
    const png = await refer({ contentType: 'image/png', data });
    expect([png.status, JSON.stringify(png.body)]).toEqual([422, expect.stringContaining('media type')]);
  });
});

describe('a Binary', () => {
  const context = (): Record<string, string> => ({ 'x-security-context': `Patient/${patient.id}` });
  const create = (
    bytes: Buffer | string,
    headers: Record<string, string>,
    caller = doctor,
  ): Promise<Response> => calls.raw('POST /fhir/R4/Binary', caller, { headers, body: bytes });

  it('is created from bytes and from a resource, and read as both', async () => {
    const bytes = someText(2 * CHUNK + 5);
    const native = await create(bytes, { 'content-type': 'text/plain', ...context() });
    const resource = await create(
      JSON.stringify({
        resourceType: 'Binary',
        contentType: 'text/plain',
        securityContext: { reference: `Patient/${patient.id}` },
        data: bytes.subarray(0, 50_000).toString('base64'),
      }),
      { 'content-type': 'application/fhir+json' },
    );
    for (const [made, expected] of [
      [native, bytes],
      [resource, bytes.subarray(0, 50_000)],
    ] as const) {
      expect(made.status).toBe(201);
      const url = `Binary/${((await made.json()) as { id: string }).id}`;
      for (const form of [url, `${url}/_history/1`])
        expect(await bytesOf(await read(form))).toEqual(expected);
      const asked = await read(url, patient, { accept: 'application/fhir+json' });
      expect(asked.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
      const body = (await asked.json()) as Record<string, unknown>;
      expect(body).toMatchObject({
        ...{ resourceType: 'Binary', contentType: 'text/plain', meta: { versionId: '1' } },
        securityContext: { reference: `Patient/${patient.id}` },
      });
      expect(Buffer.from(String(body['data']), 'base64')).toEqual(expected);
    }
  });

  it('has a test of every route', () => {
    expect(watch.missing()).toEqual([]);
  });

  it('is of a patient, of a type and of a size that are taken', async () => {
    const text = { 'content-type': 'text/plain' };
    expect((await create('x', text)).status).toBe(400);
    expect((await create('x', { ...text, 'x-security-context': 'Patient/nobody' })).status).toBe(403);
    expect((await create('x', { 'content-type': 'text/html', ...context() })).status).toBe(415);
    expect((await create('x', { ...text, ...context(), 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await create(someText(2_000_001), { ...text, ...context() })).status).toBe(413);
    expect((await create('x', { ...text, ...context() }, await lab.caller('frontdesk'))).status).toBe(403);
  });
});

describe('who reads a content', () => {
  it('is who may read its document, by its labels, too', async () => {
    const data = Buffer.from('of the mind').toString('base64');
    const labels = { meta: { security: [{ code: 'PSY' }] } };
    const [open, closed] = [
      attachmentOf(await refer({ contentType: 'text/plain', data })),
      attachmentOf(await refer({ contentType: 'text/plain', data }, doctor, labels)),
    ];
    const deny = { patient: patient.id, type: 'deny' as const, recipients: [], purposes: [] };
    const app = await lab.caller('app', { consents: [{ ...deny, dataClasses: ['PSY'] }] });
    expect((await read(open['url'], app)).status).toBe(200);
    expect((await read(closed['url'], app)).status).toBe(404);
    expect((await read(closed['url'], patient)).status).toBe(200);
    const withdrawn = await lab.caller('app', { consents: [{ ...deny, dataClasses: [] }] });
    for (const caller of [withdrawn, await lab.caller('patient')])
      expect((await read(open['url'], caller)).status).toBe(404);
    expect((await read(open['url'], await lab.caller('frontdesk'))).status).toBe(403);
    expect((await calls.raw(`GET /fhir/R4/${String(open['url'])}`, { id: '', token: 'none' })).status).toBe(
      401,
    );
  });

  it('is also with whom the patient shares the document, until it is revoked', async () => {
    const data = Buffer.from('to be shown').toString('base64');
    const [shared, kept] = [
      await refer({ contentType: 'text/plain', data }),
      await refer({ contentType: 'text/plain', data }),
    ];
    const share = {
      patient: patient.id,
      recipients: ['Practitioner/guest'],
      purposes: [],
      resources: [`DocumentReference/${String(shared.body.id)}`],
      until: '2999-01-01T00:00:00.000Z',
    };
    const guest = await lab.caller('practitioner');
    lab.tell(guest, {}, 'practitioner');
    const statuses = async (): Promise<number[]> =>
      Promise.all(
        [shared, kept].flatMap((one) => [
          read(attachmentOf(one)['url'], guest).then((answer) => answer.status),
          lab.ask(`GET DocumentReference/${String(one.body.id)}`, guest).then((answer) => answer.status),
        ]),
      );
    expect(await statuses()).toEqual([404, 404, 404, 404]);
    const recipients = [`Practitioner/${guest.id}`];
    lab.tell(guest, { shares: [{ ...share, recipients }] }, 'practitioner');
    await until(async () => (await statuses())[0] === 200, { what: 'the share', everyMs: 10 });
    expect(await statuses()).toEqual([200, 200, 404, 404]);
    const found = await lab.ask(`GET DocumentReference?patient=${patient.id}&_total=accurate`, guest);
    expect(resourcesOf(found).map(({ id }) => id)).toEqual([shared.body.id]);
    expect(found.body['total']).toBe(1);
    const unnamed = await lab.ask('GET DocumentReference', guest);
    expect(resourcesOf(unnamed).map(({ id }) => id)).toEqual([shared.body.id]);
    const changed = await lab.ask(`PUT DocumentReference/${String(shared.body.id)}`, guest, {
      body: shared.body,
      headers: { 'if-match': 'W/"1"' },
    });
    expect(changed.status).toBe(404);
    lab.tell(guest, {}, 'practitioner');
    await until(async () => (await statuses())[0] === 404, { what: 'the revocation', everyMs: 10 });
    expect(await statuses()).toEqual([404, 404, 404, 404]);
  });

  it('may upload for those whom they may write about', async () => {
    const begin = (caller: Caller, about: string): Promise<string> =>
      calls.upload(someText(10), caller, { patient: about });
    await expect(begin(await lab.caller('practitioner', treating(other)), patient.id)).rejects.toThrow('403');
    await expect(begin(patient, other)).rejects.toThrow('403');
    const path = await begin(patient, patient.id);
    const stranger = await calls.raw(`HEAD ${path}`, doctor, { headers: { 'tus-resumable': '1.0.0' } });
    expect(stranger.status).toBe(404);
  });
});
