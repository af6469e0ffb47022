import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MAX_HEADER_BYTES, MAX_RECIPIENTS, rewrap, seal, streamOf } from '@careplane/documents';
import type { Caller } from '../../test/records-lab.ts';
import { statusOf } from '../../test/sealed-calls.ts';
import { startSealedLab, TEXT } from '../../test/sealed-lab.ts';
import type { SealedLab } from '../../test/sealed-lab.ts';

let lab: SealedLab;
let sealed: SealedLab['sealed'];
let patient: Caller;
let doctor: Caller;

beforeAll(async () => {
  lab = await startSealedLab();
  ({ sealed, doctor, patientCaller: patient } = lab);
}, 120_000);
afterAll(() => lab.stop());

const put = (
  path: string,
  body: Uint8Array | string,
  headers: Readonly<Record<string, string>>,
  caller = doctor,
): Promise<Response> =>
  lab.raw(`PUT /sealed-documents/${path}`, caller, { headers, body: Buffer.from(body) });
const putHeader = (
  id: string,
  body: Uint8Array | string,
  headers: Readonly<Record<string, string>> = { 'if-match': 'W/"1"' },
): Promise<number> =>
  put(`${id}/header`, body, { 'content-type': 'application/octet-stream', ...headers }).then(
    ({ status }) => status,
  );

describe('a change of the header', () => {
  it('names the version that it replaces; of two at once one is made, and one that comes again is done', async () => {
    const id = await lab.letter();
    const { ann: one, ben: other } = lab;
    const { bytes } = await sealed.as(doctor).header(id);
    const [next, another] = await Promise.all([
      rewrap(bytes, [one.identity], [one.recipient, other.recipient]),
      rewrap(bytes, [one.identity], [one.recipient]),
    ]);
    expect(await putHeader(id, next, {})).toBe(428);
    expect(await putHeader(id, next, { 'if-match': 'W/"7"' })).toBe(412);
    const atOnce = await Promise.all([putHeader(id, next), putHeader(id, another)]);
    expect(atOnce.sort()).toEqual([204, 412]);
    const { bytes: made, version } = await sealed.as(doctor).header(id);
    expect(version).toBe(2);
    expect(await putHeader(id, made)).toBe(204); // its answer was lost
    expect(await putHeader(id, Buffer.compare(made, next) === 0 ? another : next)).toBe(412);
    expect((await sealed.as(doctor).header(id)).version).toBe(2);
  });

  it.each([
    ['is no header', () => 'hello', 422],
    ['is followed by something', (header: Buffer) => `${header.toString()}more`, 422],
    ['is cut', (header: Buffer) => header.subarray(0, -20), 422],
    ['is for nobody', () => `age-encryption.org/v1\n-> x-grease\n\n--- ${'A'.repeat(43)}\n`, 422],
    [
      'is a flood of recipients',
      () => `age-encryption.org/v1\n${'-> a\n\n'.repeat(MAX_RECIPIENTS + 1)}--- ${'A'.repeat(43)}\n`,
      422,
    ],
    ['is too long', () => Buffer.alloc(MAX_HEADER_BYTES + 1, 'a'), 413],
    ['is one endless line', () => Buffer.alloc(MAX_HEADER_BYTES, 'a'), 422],
    ['is empty', () => '', 422],
  ] as const)('is refused when it %s', async (_what, made, status) => {
    const id = await lab.letter();
    const { bytes } = await sealed.as(doctor).header(id);
    expect(await putHeader(id, made(Buffer.from(bytes)))).toBe(status);
    expect((await sealed.as(doctor).header(id)).version).toBe(1);
  });

  it('is refused in another type, for a document that the server can read, and for one that nobody has attached', async () => {
    const id = await lab.letter();
    const { bytes } = await sealed.as(doctor).header(id);
    expect(await putHeader(id, bytes, { 'if-match': 'W/"1"', 'content-type': 'application/json' })).toBe(415);
    const data = Buffer.from('plain').toString('base64');
    const plain = await lab.refer({ contentType: 'text/plain', data }, doctor, { patient: patient.id });
    const binary = /Binary\/([0-9a-f-]{36})/.exec(JSON.stringify(plain.body))?.[1] ?? '';
    expect(await putHeader(binary, bytes)).toBe(404);
    const upload = await sealed.as(doctor).upload(await seal(streamOf(), [lab.ann.recipient]), {
      patient: `Patient/${patient.id}`,
      contentBytes: 0,
    });
    expect(await putHeader(upload, bytes)).toBe(404);
    expect(await putHeader(randomUUID(), bytes)).toBe(404);
  });

  it('is for patients of what they have brought themselves, alone', async () => {
    const { ann: one, ben: other } = lab;
    const [theirs, own] = [
      await lab.letter(),
      await sealed.stored(TEXT, patient, { patient: patient.id, to: [one] }),
    ];
    expect(await statusOf(sealed.as(patient).share(theirs, [one.identity], [other.recipient]))).toBe(403);
    expect((await sealed.as(doctor).header(theirs)).version).toBe(1);
    await sealed.as(patient).share(own, [one.identity], [one.recipient, other.recipient]);
    expect(await sealed.read(own, doctor, other)).toBe(TEXT);
    const events = JSON.stringify(await lab.database.collection('outbox').find().toArray());
    expect(events).toMatch(new RegExp(`"reason":"not-own"[^]*?"id":"${theirs}"`));
  });

  it('counts as what patients bring in a day', async () => {
    const other = await lab.caller('patient');
    const id = await sealed.stored(TEXT, other, { patient: other.id, to: [lab.ann] });
    const body = `${'A'.repeat(64)}\n`.repeat(12_000);
    const large = `age-encryption.org/v1\n-> a\n${body}\n--- ${'A'.repeat(43)}\n`; // 780 KB for one recipient
    const statuses: number[] = [];
    for (const version of ['1', '2', '3', '4', '5', '6']) {
      const headers = { 'if-match': `W/"${version}"`, 'content-type': 'application/octet-stream' };
      statuses.push((await put(`${id}/header`, large, headers, other)).status);
    }
    expect(statuses).toEqual([204, 204, 204, 204, 204, 429]);
    expect((await sealed.as(other).header(id)).version).toBe(6);
  });

  it('that is of another document is found by its readers, and the former one is put back', async () => {
    const [id, other] = [await lab.letter(), await lab.letter('another letter')];
    const { ann: one } = lab;
    const { bytes: swapped } = await sealed.as(doctor).header(other);
    expect(await putHeader(id, swapped)).toBe(204); // the server cannot tell
    await expect(sealed.read(id, patient, one)).rejects.toMatchObject({ code: 'payload-tampered' });
    const { bytes: former } = await sealed.as(doctor).formerHeader(id, 1);
    await sealed.as(doctor).replaceHeader(id, { bytes: former, version: 2 });
    expect(await sealed.read(id, patient, one)).toBe(TEXT);
  });
});
