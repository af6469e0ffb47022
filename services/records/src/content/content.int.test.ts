import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KeyDestroyed, Tampered, Unavailable, withTransaction } from '@careplane/kit';
import { BSON, MongoClient } from 'mongodb';
import { collected } from '../../test/collected.ts';
import { contentLab } from '../../test/content-lab.ts';
import type { ContentLab } from '../../test/content-lab.ts';
import { collect, NoContents } from './collect.ts';
import { ChecksumMismatch, ContentRefused, ContentTooLarge, OffsetConflict } from './errors.ts';
import { rewrapContents, rotatePatientKey } from './rewrap-contents.ts';

const CHUNK = 65_536;

describe('contents of documents', () => {
  let lab: ContentLab;
  beforeAll(async () => {
    lab = await contentLab();
  });
  afterAll(() => lab.stop());

  const place = (): { patient: string; document: string; version: number } => ({
    patient: `Patient/${randomUUID()}`,
    document: `Binary/${randomUUID()}`,
    version: 1,
  });
  const text = (size: number): Buffer => Buffer.alloc(size, randomBytes(30_000).toString('hex'));
  const begin = (size?: number, at = place()) => lab.content.begin(at, { contentType: 'text/plain', size });
  /** Uploads in requests that end at these offsets. */
  const send = async (id: string, bytes: Buffer, ends: readonly number[] = [bytes.length]): Promise<void> => {
    let offset = 0;
    for (const end of ends) {
      ({ offset } = await lab.content.append(id, { offset, source: pieces(bytes.subarray(offset, end)) }));
    }
  };
  const stored = async (bytes: Buffer, at = place(), ends?: readonly number[]): Promise<string> => {
    const { id } = await begin(bytes.length, at);
    await send(id, bytes, ends);
    await lab.content.finish(id);
    await withTransaction(lab.mongo, (tx) => lab.content.attach(id, at, tx));
    return id;
  };
  const readBack = async (id: string, range?: { start: number; end: number }): Promise<Buffer> => {
    const opened = await lab.content.open(id);
    return Buffer.concat(await collected(opened.read(range)));
  };

  describe('that are uploaded', () => {
    it.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3_000_001])('with %d bytes are read back', async (size) => {
      const bytes = text(size);
      expect((await readBack(await stored(bytes))).equals(bytes)).toBe(true);
    });

    it('in requests that end anywhere go on at that byte', async () => {
      const bytes = text(4 * CHUNK + 11);
      const ends = [0, 1, 10, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK, bytes.length];
      const id = await stored(bytes, place(), ends);
      expect((await readBack(id)).equals(bytes)).toBe(true);
      expect(await lab.blobsOf(id)).toHaveLength(3); // requests that filled no chunk made no blob
    });

    it('with a size that nobody declared end when they are finished', async () => {
      const bytes = text(2 * CHUNK);
      const at = place();
      const { id } = await begin(undefined, at);
      await send(id, bytes, [CHUNK, bytes.length]);
      expect(await lab.content.finish(id)).toMatchObject({ size: bytes.length });
      await withTransaction(lab.mongo, (tx) => lab.content.attach(id, at, tx));
      expect((await readBack(id)).equals(bytes)).toBe(true);
    });

    it('by a request that breaks off keep what came, and take other bytes from there', async () => {
      const bytes = text(5 * CHUNK);
      const at = place();
      const { id } = await begin(bytes.length, at);
      const breaking = async function* (): AsyncGenerator<Buffer> {
        yield* pieces(bytes.subarray(0, 2 * CHUNK + 7));
        throw new Error('the client is gone');
      };
      await expect(lab.content.append(id, { offset: 0, source: breaking() })).rejects.toThrow(
        'the client is gone',
      );
      const { offset } = await lab.content.upload(id);
      expect(offset).toBe(2 * CHUNK + 7);
      const others = Buffer.concat([bytes.subarray(0, offset), text(bytes.length - offset)]);
      await lab.content.append(id, { offset, source: pieces(others.subarray(offset)) });
      await lab.content.finish(id);
      await withTransaction(lab.mongo, (tx) => lab.content.attach(id, at, tx));
      expect((await readBack(id)).equals(others)).toBe(true);
    });

    it('at another offset are told theirs', async () => {
      const { id } = await begin(10);
      await lab.content.append(id, { offset: 0, source: pieces(text(4)) });
      const late = lab.content.append(id, { offset: 0, source: pieces(text(4)) });
      await expect(late).rejects.toThrow(expect.objectContaining({ name: 'OffsetConflict', offset: 4 }));
    });

    it('by two requests at once take the bytes of one, and keep no blob of the other', async () => {
      const bytes = text(3 * CHUNK);
      const { id } = await begin(bytes.length);
      const both = await Promise.allSettled(
        [1, 2].map(() => lab.content.append(id, { offset: 0, source: pieces(bytes) })),
      );
      expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      const lost = both.find((one) => one.status === 'rejected');
      expect(lost?.reason).toBeInstanceOf(OffsetConflict);
      expect(await lab.blobsOf(id)).toHaveLength(1);
    });

    it('with bytes that do not fit the checksum of a request keep none of them', async () => {
      const { id } = await begin(2 * CHUNK);
      const sha256 = createHash('sha256').update('others').digest();
      const wrong = lab.content.append(id, { offset: 0, source: pieces(text(2 * CHUNK)), sha256 });
      await expect(wrong).rejects.toThrow(ChecksumMismatch);
      expect(await lab.content.upload(id)).toMatchObject({ offset: 0, isWhole: false });
      expect(await lab.blobsOf(id)).toEqual([]);
    });

    it('with more bytes than were declared, or than are allowed, are refused', async () => {
      const { id } = await begin(10);
      await expect(lab.content.append(id, { offset: 0, source: pieces(text(11)) })).rejects.toThrow(
        ContentTooLarge,
      );
      await expect(begin(lab.mostBytes + 1)).rejects.toThrow(ContentTooLarge);
      const open = await begin();
      const tooMany = lab.content.append(open.id, { offset: 0, source: pieces(text(lab.mostBytes + 1)) });
      await expect(tooMany).rejects.toThrow(ContentTooLarge);
      expect(await lab.blobsOf(open.id)).toEqual([]);
    });

    it('are of a type that is taken', async () => {
      const html = lab.content.begin(place(), { contentType: 'text/html' });
      await expect(html).rejects.toMatchObject({ status: 415 });
    });

    it('are not finished while bytes are missing', async () => {
      const { id } = await begin(10);
      await lab.content.append(id, { offset: 0, source: pieces(text(9)) });
      await expect(lab.content.finish(id)).rejects.toMatchObject({ status: 409 });
    });
  });

  describe('that are finished', () => {
    const finish = async (bytes: Buffer, declaration: { contentType: string; sha256?: Buffer }) => {
      const { id } = await lab.content.begin(place(), { size: bytes.length, ...declaration });
      await send(id, bytes);
      return { id, finished: await lab.content.finish(id).catch((error: unknown) => error) };
    };

    it('tell their checksum, and the same when asked again', async () => {
      const bytes = text(1_000_000);
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
      const { id, finished } = await finish(text(100), { contentType: 'text/plain' });
      expect(finished).toBeInstanceOf(Unavailable);
      lab.scanner.isAway = false;
      expect(await lab.content.finish(id)).toMatchObject({ size: 100 });
    });
  });

  describe('that a record refers to', () => {
    it('are opened from the commit of its transaction on, and not before', async () => {
      const at = place();
      const { id } = await begin(5, at);
      await send(id, Buffer.from('a, b!'));
      await lab.content.finish(id);
      await expect(lab.content.open(id)).rejects.toMatchObject({ status: 404 });
      const failing = withTransaction(lab.mongo, async (tx) => {
        await lab.content.attach(id, at, tx);
        throw new Error('the record is not saved');
      });
      await expect(failing).rejects.toThrow('not saved');
      await expect(lab.content.open(id)).rejects.toMatchObject({ status: 404 });
      await withTransaction(lab.mongo, (tx) => lab.content.attach(id, at, tx));
      expect((await readBack(id)).toString()).toBe('a, b!');
    });

    it('are of that place', async () => {
      const at = place();
      const { id } = await begin(1, at);
      await send(id, Buffer.from('a'));
      await lab.content.finish(id);
      const elsewhere = { ...at, patient: 'Patient/another' };
      const moved = withTransaction(lab.mongo, (tx) => lab.content.attach(id, elsewhere, tx));
      await expect(moved).rejects.toMatchObject({ status: 409 });
    });

    it('give any range, also over several parts', async () => {
      const bytes = text(6 * CHUNK + 100);
      const id = await stored(bytes, place(), [2 * CHUNK + 5, 4 * CHUNK, bytes.length]);
      const ends = [0, 1, CHUNK - 1, CHUNK, 2 * CHUNK + 4, 2 * CHUNK + 5, 4 * CHUNK, bytes.length - 1];
      for (const start of ends) {
        for (const end of ends.filter((one) => one >= start)) {
          expect((await readBack(id, { start, end })).equals(bytes.subarray(start, end + 1))).toBe(true);
        }
      }
      await expect(readBack(id, { start: 0, end: bytes.length })).rejects.toThrow(RangeError);
    });

    it('are refused when the store gives the blob of another, or the record has the manifest of another', async () => {
      const [bytes, at] = [text(2 * CHUNK), place()];
      const [id, other] = [await stored(bytes, at), await stored(bytes, { ...at, version: 2 })];
      await lab.exchangeBlobs(id, other);
      await expect(readBack(id)).rejects.toThrow(Tampered);
      await lab.exchangeBlobs(id, other);
      await lab.copyFields(other, id, ['manifest']);
      await expect(lab.content.open(id)).rejects.toThrow(Tampered);
      await lab.copyFields(other, id, ['manifest', 'key', 'parts']);
      await expect(lab.content.open(id)).rejects.toThrow(Tampered);
    });

    it('are read by nobody once the keys of the patient are destroyed', async () => {
      const at = place();
      const id = await stored(text(100), at);
      await withTransaction(lab.mongo, (tx) => lab.keys.destroy(at.patient, tx));
      await expect(lab.content.open(id)).rejects.toThrow(KeyDestroyed);
      await expect(begin(1, { ...at, version: 2 })).rejects.toThrow(KeyDestroyed);
    });

    it('are read as before, and their blobs untouched, when the key of the patient was rotated', async () => {
      const [bytes, at] = [text(1_000), place()];
      const ids = [await stored(bytes, at), await stored(bytes, { ...at, version: 2 })];
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
      for (const id of ids) expect((await readBack(id)).equals(bytes)).toBe(true);
    });
  });

  it('leave nothing in the database that can be read: no text, no checksum', async () => {
    const secret = 'Waltraud Mustermann has a fracture';
    const bytes = Buffer.from(`${secret}\n`.repeat(3_000));
    const at = place();
    const { id } = await begin(bytes.length, at);
    const sha256 = createHash('sha256').update(bytes).digest();
    await lab.content.append(id, { offset: 0, source: pieces(bytes.subarray(0, 100)) });
    const during = await dump(lab);
    await lab.content.append(id, { offset: 100, source: pieces(bytes.subarray(100)) });
    await lab.content.finish(id);
    for (const all of [during, await dump(lab)]) {
      expect(all.includes(at.document)).toBe(true); // the dump has the record
      expect([secret.slice(0, 8), sha256, sha256.toString('base64')].map((one) => all.includes(one))).toEqual(
        [false, false, false],
      );
    }
  });

  describe('that nothing refers to', () => {
    const later = (ms: number): (() => Date) => {
      const then = new Date(Date.now() + ms);
      return () => then;
    };
    const run = (ms: number) =>
      collect({
        ...{ mongo: lab.mongo, blobs: lab.blobs, graceMs: lab.keepMs, now: later(ms) },
        signal: new AbortController().signal,
      });

    it('are removed after their time with their blobs, and those that a record refers to never are', async () => {
      const bytes = text(2 * CHUNK);
      const kept = await stored(bytes);
      const { id: begun } = await begin(bytes.length);
      await lab.content.append(begun, { offset: 0, source: pieces(bytes.subarray(0, CHUNK + 1)) });
      const { id: checked } = await begin(bytes.length);
      await send(checked, bytes);
      await lab.content.finish(checked);
      const lost = `${begun}/${randomUUID()}`;
      await lab.blobs.put(lost, pieces(bytes)); // of a process that died before its commit
      await run(0);
      expect(await lab.blobsOf(begun)).toHaveLength(2);
      const { contents, blobs } = await run(lab.keepMs + 60_000);
      expect(contents).toBeGreaterThanOrEqual(2);
      expect(blobs).toBeGreaterThanOrEqual(1);
      for (const id of [begun, checked]) {
        expect(await lab.blobsOf(id)).toEqual([]);
        await expect(lab.content.upload(id)).rejects.toMatchObject({ status: 404 });
      }
      expect((await readBack(kept)).equals(bytes)).toBe(true);
    });

    it('are removed when they are given up, and with their record', async () => {
      const at = place();
      const [kept, { id: begun }] = [await stored(text(CHUNK), at), await begin(1)];
      await lab.content.abandon(begun);
      await expect(lab.content.abandon(kept)).rejects.toMatchObject({ status: 404 });
      await withTransaction(lab.mongo, (tx) => lab.content.release({ patient: at.patient, id: kept }, tx));
      await expect(lab.content.open(kept)).rejects.toMatchObject({ status: 404 });
      await run(60_000);
      expect(await lab.blobsOf(kept)).toEqual([]);
    });

    it('are not removed beside an empty database: it is not the one that the blobs belong to', async () => {
      await stored(text(CHUNK));
      const empty = { ...lab.mongo, collection: () => lab.mongo.collection('empty') };
      const mongo = Object.assign(Object.create(lab.mongo) as typeof lab.mongo, empty);
      const now = later(lab.keepMs + 60_000);
      const { blobs, keepMs: graceMs } = lab;
      const collecting = collect({ mongo, blobs, graceMs, now, signal: new AbortController().signal });
      await expect(collecting).rejects.toThrow(NoContents);
    });
  });
});

/** Everything in the database, as bytes. */
async function dump({ uri, database }: ContentLab): Promise<Buffer> {
  const client = new MongoClient(uri);
  try {
    const db = client.db(database);
    const all: Buffer[] = [];
    for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray()) {
      for await (const document of db.collection(name).find())
        all.push(Buffer.from(BSON.serialize(document)));
    }
    return Buffer.concat(all);
  } finally {
    await client.close();
  }
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream is asynchronous
async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000);
}
