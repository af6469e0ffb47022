import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collect, joinFile, MAX_HEADER_BYTES, payloadSize, seal, streamOf } from '@careplane/documents';
import type { Caller } from '../../test/records-lab.ts';
import { killedAfterOnePiece } from '../../test/sealed-calls.ts';
import { startSealedLab } from '../../test/sealed-lab.ts';
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

describe('a file that is uploaded as age', () => {
  const uploaded = async (file: Buffer): Promise<number> => {
    const path = await lab.upload(file, doctor, { patient: patient.id, type: 'application/vnd.age' });
    const url = path.replace('/uploads/', 'Binary/');
    return (await lab.refer({ url }, doctor, { patient: patient.id })).status;
  };
  const file = async (length: number): Promise<Buffer> => {
    const { header, payload } = await seal(streamOf(Buffer.alloc(length, 'x')), [lab.ann.recipient]);
    return Buffer.from(await collect(joinFile(header, payload)));
  };

  it.each([0, 1, 65_535, 65_536, 65_537, 200_000])('of %d bytes of content is taken', async (length) => {
    expect(await uploaded(await file(length))).toBe(201);
  });

  it('is refused when it is none, for nobody, or cut where that can be seen', async () => {
    const whole = await file(65_536 + 10);
    const header = whole.length - payloadSize(65_536 + 10);
    for (const broken of [
      Buffer.from('age-encryption.org/v1\nnot a header at all, and no end'),
      Buffer.from(`age-encryption.org/v1\n-> x-grease\n\n--- ${'A'.repeat(43)}\n${'x'.repeat(40)}`),
      whole.subarray(0, header),
      whole.subarray(0, header + 20),
      whole.subarray(0, whole.length - 12), // the last chunk is shorter than its tag
      Buffer.concat([
        Buffer.from('age-encryption.org/v1\n'),
        Buffer.alloc(MAX_HEADER_BYTES + 70_000, '-> a\n\n'),
      ]),
    ])
      expect(await uploaded(broken)).toBe(422);
  });

  it('that was cut elsewhere is found by who opens it', async () => {
    const { header, payload } = await seal(streamOf(Buffer.alloc(200_000, 'x')), [lab.ann.recipient]);
    const cut = (await collect(payload)).subarray(0, 16 + 2 * 65_552);
    const path = await lab.upload(Buffer.concat([header, cut]), doctor, {
      patient: patient.id,
      type: 'application/vnd.age',
    });
    const url = path.replace('/uploads/', 'Binary/');
    expect((await lab.refer({ url }, doctor, { patient: patient.id })).status).toBe(201);
    const id = url.replace('Binary/', '');
    await expect(sealed.read(id, patient, lab.ann)).rejects.toMatchObject({ code: 'payload-tampered' });
  });

  it('goes on at another replica when the one that takes it is killed', async () => {
    const doomed = await lab.spawn({ CONTENT_LIMIT_BYTES: '20000000' });
    const content = Buffer.alloc(10_000_000, 'a long scan ');
    const { ann: one } = lab;
    const server = sealed.as(doctor, { fetch: killedAfterOnePiece(doomed, () => lab.url()) });
    const progress: number[] = [];
    const of = { patient: `Patient/${patient.id}`, contentBytes: content.length };
    const id = await server.upload(await seal(streamOf(content), [one.recipient]), {
      ...of,
      onProgress: ({ bytes }) => progress.push(bytes),
    });
    expect(doomed.child.signalCode).toBe('SIGKILL');
    expect(progress).toHaveLength(3);
    await sealed.as(doctor).attach(id, of.patient);
    expect(await sealed.read(id, patient, one)).toBe(content.toString());
  }, 60_000);

  it('is given up when its sender aborts, and leaves nothing', async () => {
    const abort = new AbortController();
    const { ann: one } = lab;
    const content = Buffer.alloc(10_000_000);
    const sending = sealed.as(doctor).upload(await seal(streamOf(content), [one.recipient]), {
      patient: `Patient/${patient.id}`,
      contentBytes: content.length,
      signal: abort.signal,
      onProgress: () => {
        abort.abort(new Error('enough'));
      },
    });
    await expect(sending).rejects.toThrow('enough');
    expect(await lab.database.collection('contents').countDocuments({ state: 'uploading' })).toBe(0);
  });
});
