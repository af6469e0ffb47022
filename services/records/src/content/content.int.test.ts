import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KeyDestroyed, Tampered, Unavailable, withTransaction } from '@careplane/kit';
import { contentCalls, somePlace, someText } from '../../test/content-calls.ts';
import type { ContentCalls } from '../../test/content-calls.ts';
import { contentLab } from '../../test/content-lab.ts';
import type { ContentLab } from '../../test/content-lab.ts';
import { rewrapContents, rotatePatientKey } from './rewrap-contents.ts';
import { ContentRefused } from './errors.ts';

const CHUNK = 65_536;

describe('contents of documents', () => {
  let lab: ContentLab;
  let calls: ContentCalls;
  beforeAll(async () => {
    lab = await contentLab();
    calls = contentCalls(lab);
  });
  afterAll(() => lab.stop());

  describe('that are finished', () => {
    const finish = async (bytes: Buffer, declaration: { contentType: string; sha256?: Buffer }) => {
      const { id } = await lab.content.begin(somePlace(), { size: bytes.length, ...declaration });
      await calls.send(id, bytes);
      return { id, finished: await lab.content.finish(id).catch((error: unknown) => error) };
    };

    it('tell their checksum, and the same when asked again', async () => {
      const bytes = someText(1_000_000);
      const sha256 = createHash('sha256').update(bytes).digest();
      const { id, finished } = await finish(bytes, { contentType: 'text/plain; charset=utf-8', sha256 });
      expect(finished).toMatchObject({ size: bytes.length, contentType: 'text/plain', sha256 });
      expect(await lab.content.finish(id)).toEqual(finished);
    });

    it.each([
      ['another checksum', 'checksum', 'a letter', { contentType: 'text/plain', sha256: Buffer.alloc(32) }],
      ['another type than was declared', 'media-type', 'a letter', { contentType: 'application/pdf' }],
      [
        'a program under the name of a text',
        'media-type',
        '\u007fELF\u0002\u0001',
        { contentType: 'text/plain' },
      ],
      ['malware', 'malware', 'EICAR', { contentType: 'text/plain' }],
    ])('are refused with %s, and are neither opened nor attached', async (_, refusal, bytes, declaration) => {
      const { id, finished } = await finish(Buffer.from(bytes), declaration);
      expect(finished).toBeInstanceOf(ContentRefused);
      expect(finished).toMatchObject({ refusal });
      await expect(lab.content.finish(id)).rejects.toThrow(ContentRefused);
      await expect(lab.content.open(id)).rejects.toMatchObject({ status: 404 });
      const { place: at } = await lab.content.upload(id);
      await expect(withTransaction(lab.mongo, (tx) => lab.content.attach(id, at, tx))).rejects.toMatchObject({
        status: 409,
      });
    });

    it('stay in quarantine while no scanner answers', async () => {
      lab.scanner.isAway = true;
      const { id, finished } = await finish(someText(100), { contentType: 'text/plain' });
      expect(finished).toBeInstanceOf(Unavailable);
      lab.scanner.isAway = false;
      expect(await lab.content.finish(id)).toMatchObject({ size: 100 });
    });
  });

  describe('that a record refers to', () => {
    it('are opened from the commit of its transaction on, and not before', async () => {
      const at = somePlace();
      const { id } = await calls.begin(5, at);
      await calls.send(id, Buffer.from('a, b!'));
      await lab.content.finish(id);
      await expect(lab.content.open(id)).rejects.toMatchObject({ status: 404 });
      const failing = withTransaction(lab.mongo, async (tx) => {
        await lab.content.attach(id, at, tx);
        throw new Error('the record is not saved');
      });
      await expect(failing).rejects.toThrow('not saved');
      await expect(lab.content.open(id)).rejects.toMatchObject({ status: 404 });
      await withTransaction(lab.mongo, (tx) => lab.content.attach(id, at, tx));
      expect((await calls.readBack(id)).toString()).toBe('a, b!');
    });

    it('are of that place', async () => {
      const at = somePlace();
      const { id } = await calls.begin(1, at);
      await calls.send(id, Buffer.from('a'));
      await lab.content.finish(id);
      const elsewhere = { ...at, patient: 'Patient/another' };
      const moved = withTransaction(lab.mongo, (tx) => lab.content.attach(id, elsewhere, tx));
      await expect(moved).rejects.toMatchObject({ status: 409 });
    });

    it('give any range, also over several parts', async () => {
      const bytes = someText(6 * CHUNK + 100);
      const id = await calls.stored(bytes, somePlace(), [2 * CHUNK + 5, 4 * CHUNK, bytes.length]);
      const ends = [0, 1, CHUNK - 1, CHUNK, 2 * CHUNK + 4, 2 * CHUNK + 5, 4 * CHUNK, bytes.length - 1];
      for (const start of ends) {
        for (const end of ends.filter((one) => one >= start)) {
          expect((await calls.readBack(id, { start, end })).equals(bytes.subarray(start, end + 1))).toBe(
            true,
          );
        }
      }
      await expect(calls.readBack(id, { start: 0, end: bytes.length })).rejects.toThrow(RangeError);
    });

    it('are refused when the store gives the blob of another, or the record has the manifest of another', async () => {
      const [bytes, at] = [someText(2 * CHUNK), somePlace()];
      const [id, other] = [await calls.stored(bytes, at), await calls.stored(bytes, { ...at, version: 2 })];
      await lab.exchangeBlobs(id, other);
      await expect(calls.readBack(id)).rejects.toThrow(Tampered);
      await lab.exchangeBlobs(id, other);
      await lab.copyFields(other, id, ['manifest']);
      await expect(lab.content.open(id)).rejects.toThrow(Tampered);
      await lab.copyFields(other, id, ['manifest', 'key', 'parts']);
      await expect(lab.content.open(id)).rejects.toThrow(Tampered);
    });

    it('are read by nobody once the keys of the patient are destroyed', async () => {
      const at = somePlace();
      const id = await calls.stored(someText(100), at);
      await withTransaction(lab.mongo, (tx) => lab.keys.destroy(at.patient, tx));
      await expect(lab.content.open(id)).rejects.toThrow(KeyDestroyed);
      await expect(calls.begin(1, { ...at, version: 2 })).rejects.toThrow(KeyDestroyed);
    });

    it('are read as before, and their blobs untouched, when the key of the patient was rotated', async () => {
      const [bytes, at] = [someText(1_000), somePlace()];
      const ids = [await calls.stored(bytes, at), await calls.stored(bytes, { ...at, version: 2 })];
      const before = await lab.recordOf(ids[0] as string);
      const kek = await rotatePatientKey(lab.keys, at.patient);
      const options = { mongo: lab.mongo, keys: lab.keys, signal: new AbortController().signal };
      expect(await rewrapContents(at.patient, options)).toEqual({ done: 2, left: 0, unreadable: [] });
      expect(await rewrapContents(at.patient, options)).toMatchObject({ done: 0, left: 0 });
      const after = await lab.recordOf(ids[0] as string);
      expect([after.key.kek, after.key.id, after.parts]).toEqual([kek, before.key.id, before.parts]);
      await withTransaction(lab.mongo, async (tx) => {
        // the former key is not needed any more
        const { kek: former } = before.key;
        await lab.keys.records.updateOne({ _id: former }, { $unset: { wrapped: '' } }, tx);
      });
      for (const id of ids) expect((await calls.readBack(id)).equals(bytes)).toBe(true);
    });
  });
});
