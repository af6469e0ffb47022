import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collect, decrypt, open, streamOf } from '@careplane/documents';
import { treating } from '../../test/records-lab.ts';
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

interface Recorded {
  readonly action: string;
  readonly outcome: string;
  readonly reason?: string;
  readonly patient?: string;
  readonly entities: readonly { readonly type: string; readonly id?: string; readonly version?: string }[];
}

/** The entries of the audit about a Binary, in order. */
async function entriesAbout(id: string): Promise<Recorded[]> {
  const events = await lab.database.collection('outbox').find().toArray();
  const entries: Recorded[] = [];
  const collectFrom = (node: unknown): void => {
    if (typeof node === 'string' && node.startsWith('{')) collectFrom(JSON.parse(node));
    if (typeof node !== 'object' || node === null) return;
    if ('entities' in node) entries.push(node as Recorded);
    else for (const value of Object.values(node)) collectFrom(value);
  };
  collectFrom(JSON.parse(JSON.stringify(events)));
  return entries.filter(({ entities }) => entities.some((one) => one.type === 'Binary' && one.id === id));
}

describe('a document that the server cannot read', () => {
  it('goes up in pieces, comes down as an age file, and is opened by its recipient alone', async () => {
    const id = await lab.letter();
    const answer = await lab.raw(`GET /fhir/R4/Binary/${id}`, patient);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/vnd.age']);
    const file = new Uint8Array(await answer.arrayBuffer());
    const content = await collect(await decrypt(streamOf(file), [lab.ann.identity]));
    expect(Buffer.from(content).toString()).toBe(TEXT);
    await expect(sealed.read(id, patient, lab.ben)).rejects.toMatchObject({ code: 'no-matching-identity' });
    expect(await sealed.as(patient).recipients(id)).toEqual(['hybrid']);
  });

  it('has neither size nor hash in its DocumentReference: both change with its recipients', async () => {
    const id = await lab.letter();
    const { body } = await lab.ask(`GET DocumentReference?patient=${patient.id}&_count=200`, doctor);
    const all = JSON.stringify(body);
    const attachment = new RegExp(`\\{[^{}]*"url":"Binary/${id}"[^{}]*\\}`).exec(all)?.[0] ?? '';
    expect(JSON.parse(attachment)).toEqual({ contentType: 'application/vnd.age', url: `Binary/${id}` });
  });

  it('is shared by a new header; the payload stays, and who is left out is not given it', async () => {
    const id = await lab.letter();
    const { ann: one, ben: other } = lab;
    const before = await sealed.as(doctor).header(id);
    await sealed.as(doctor).share(id, [one.identity], [one.recipient, other.recipient]);
    expect(await sealed.read(id, patient, other)).toBe(TEXT);
    expect(await sealed.as(doctor).recipients(id)).toEqual(['hybrid', 'hybrid']);
    await sealed.as(doctor).share(id, [other.identity], [other.recipient]);
    await expect(sealed.read(id, doctor, one)).rejects.toMatchObject({ code: 'no-matching-identity' });
    expect(await sealed.read(id, patient, other)).toBe(TEXT);
    // removal is not revocation: an old header opens the payload
    const { payload } = await sealed.as(patient).download(id);
    const kept = await open({ header: before.bytes, payload }, [one.identity]);
    expect(Buffer.from(await collect(kept)).toString()).toBe(TEXT);
  });

  it('is read in ranges over header and payload, under another tag with each header', async () => {
    const id = await lab.letter();
    const { ann: one, ben: other } = lab;
    const get = (headers: Record<string, string> = {}): Promise<Response> =>
      lab.raw(`GET /fhir/R4/Binary/${id}`, patient, { headers });
    const first = await get();
    await sealed.as(doctor).share(id, [one.identity], [one.recipient, other.recipient]);
    const second = await get();
    const tag = second.headers.get('etag') ?? '';
    expect(tag).not.toBe(first.headers.get('etag'));
    const whole = Buffer.from(await second.arrayBuffer());
    expect(second.headers.get('content-length')).toBe(String(whole.length));
    const { length } = (await sealed.as(doctor).header(id)).bytes;
    for (const [start, end] of [
      [0, 5],
      [length - 3, length + 3],
      [length, whole.length - 1],
      [0, whole.length - 1],
    ] as const) {
      const part = await get({ range: `bytes=${String(start)}-${String(end)}`, 'if-range': tag });
      expect(part.status).toBe(206);
      expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(start, end + 1));
    }
    const stale = await get({ range: 'bytes=0-5', 'if-range': first.headers.get('etag') ?? '' });
    expect(stale.status).toBe(200);
    const resource = await get({ accept: 'application/fhir+json' });
    const { data, meta } = (await resource.json()) as { data: string; meta: { versionId: string } };
    expect([Buffer.from(data, 'base64'), meta.versionId]).toEqual([whole, '2']);
  });

  it('is recorded before anybody gets a byte, each change with its version', async () => {
    const id = await lab.letter();
    const { ann: one, ben: other } = lab;
    await sealed.read(id, patient, one);
    await sealed.as(doctor).share(id, [one.identity], [other.recipient]);
    await sealed.as(patient).recipients(id);
    const stranger = await lab.caller('practitioner', treating(lab.patient()));
    expect(await statusOf(sealed.as(stranger).header(id))).toBe(404);
    const said = (await entriesAbout(id)).map(({ action, outcome, reason, patient: whose, entities }) => [
      ...[action, outcome, reason, whose === patient.id],
      entities.find(({ type }) => type === 'Binary')?.version,
    ]);
    expect(said).toEqual([
      ['read', 'granted', undefined, true, '1'],
      ['read', 'granted', undefined, true, '1'],
      ['update', 'granted', undefined, true, '2'],
      ['read', 'granted', undefined, true, '2'],
      ['read', 'denied', 'no-relationship', true, undefined],
    ]);
  });

  it('is shown to nobody whom consents or labels keep away, in no part', async () => {
    const id = await lab.letter();
    const made = await lab.ask(`GET DocumentReference?patient=${patient.id}&_count=200`, doctor);
    const document = (made.body.entry ?? []).find(({ resource }) =>
      JSON.stringify(resource).includes(`"Binary/${id}"`),
    )?.resource;
    const labelled = { ...document, meta: { security: [{ code: 'PSY' }] } };
    const changed = await lab.ask(`PUT DocumentReference/${String(document?.id)}`, doctor, {
      body: labelled,
      headers: { 'if-match': 'W/"1"' },
    });
    expect(changed.status).toBe(200);
    const deny = { patient: patient.id, type: 'deny' as const, recipients: [], purposes: [] };
    const app = await lab.caller('app', { consents: [{ ...deny, dataClasses: ['PSY'] }] });
    const frontdesk = await lab.caller('frontdesk');
    for (const part of ['header', 'header/1', 'recipients', 'signature']) {
      const statusFor = async (caller: Caller): Promise<number> =>
        (await lab.raw(`GET /sealed-documents/${id}/${part}`, caller)).status;
      expect([part, await statusFor(app), await statusFor(frontdesk)]).toEqual([part, 404, 403]);
      expect(await statusFor({ id: '', token: 'none' })).toBe(401);
    }
  });

  it('gives former headers to who may replace it, and not to who may only read', async () => {
    const id = await lab.letter();
    const { ann: one, ben: other } = lab;
    const first = await sealed.as(doctor).header(id);
    await sealed.as(doctor).share(id, [one.identity], [other.recipient]);
    expect(await sealed.as(doctor).formerHeader(id, 1)).toEqual(first);
    expect(await statusOf(sealed.as(doctor).formerHeader(id, 3))).toBe(404);
    expect(await statusOf(sealed.as(patient).formerHeader(id, 1))).toBe(403);
    expect((await sealed.as(patient).header(id)).version).toBe(2);
    const vread = async (version: string): Promise<number> =>
      (await lab.raw(`GET /fhir/R4/Binary/${id}/_history/${version}`, doctor)).status;
    expect([await vread('1'), await vread('2')]).toEqual([404, 200]);
  });
});

describe('the database', () => {
  it('has the later headers sealed', async () => {
    const id = await lab.letter();
    const { ann: one, ben: other } = lab;
    await sealed.as(doctor).share(id, [one.identity], [other.recipient]);
    const additions = lab.database.collection('content_additions');
    const [kept] = await additions.find({ content: id }).toArray();
    expect(kept).toMatchObject({ name: 'header', version: 2, by: doctor.id });
    const raw = (kept?.['sealed'] as { buffer: Buffer }).buffer;
    expect(raw.includes('age-encryption.org')).toBe(false);
  });
});
