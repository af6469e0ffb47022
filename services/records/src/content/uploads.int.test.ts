import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withTransaction } from '@careplane/kit';
import { BSON, MongoClient } from 'mongodb';
import { contentCalls, pieces, somePlace, someText } from '../../test/content-calls.ts';
import type { ContentCalls } from '../../test/content-calls.ts';
import { contentLab } from '../../test/content-lab.ts';
import type { ContentLab } from '../../test/content-lab.ts';
import { ChecksumMismatch, ContentTooLarge, OffsetConflict } from './errors.ts';

const CHUNK = 65_536;

describe('contents of documents', () => {
  let lab: ContentLab;
  let calls: ContentCalls;
  beforeAll(async () => {
    lab = await contentLab();
    calls = contentCalls(lab);
  });
  afterAll(() => lab.stop());

  describe('that are uploaded', () => {
    it.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3_000_001])('with %d bytes are read back', async (size) => {
      const bytes = someText(size);
      expect((await calls.readBack(await calls.stored(bytes))).equals(bytes)).toBe(true);
    });

    it('in requests that end anywhere go on at that byte', async () => {
      const bytes = someText(4 * CHUNK + 11);
      const ends = [0, 1, 10, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK, bytes.length];
      const id = await calls.stored(bytes, somePlace(), ends);
      expect((await calls.readBack(id)).equals(bytes)).toBe(true);
      expect(await lab.blobsOf(id)).toHaveLength(3); // requests that filled no chunk made no blob
    });

    it('with a size that nobody declared end when they are finished', async () => {
      const bytes = someText(2 * CHUNK);
      const at = somePlace();
      const { id } = await calls.begin(undefined, at);
      await calls.send(id, bytes, [CHUNK, bytes.length]);
      expect(await lab.content.finish(id)).toMatchObject({ size: bytes.length });
      await withTransaction(lab.mongo, (tx) => lab.content.attach(id, at, tx));
      expect((await calls.readBack(id)).equals(bytes)).toBe(true);
    });

    it('by a request that breaks off keep what came, and take other bytes from there', async () => {
      const bytes = someText(5 * CHUNK);
      const at = somePlace();
      const { id } = await calls.begin(bytes.length, at);
      const breaking = async function* (): AsyncGenerator<Buffer> {
        yield* pieces(bytes.subarray(0, 2 * CHUNK + 7));
        throw new Error('the client is gone');
      };
      await expect(lab.content.append(id, { offset: 0, source: breaking() })).rejects.toThrow(
        'the client is gone',
      );
      const { offset } = await lab.content.upload(id);
      expect(offset).toBe(2 * CHUNK + 7);
      const others = Buffer.concat([bytes.subarray(0, offset), someText(bytes.length - offset)]);
      await lab.content.append(id, { offset, source: pieces(others.subarray(offset)) });
      await lab.content.finish(id);
      await withTransaction(lab.mongo, (tx) => lab.content.attach(id, at, tx));
      expect((await calls.readBack(id)).equals(others)).toBe(true);
    });

    it('at another offset are told theirs', async () => {
      const { id } = await calls.begin(10);
      await lab.content.append(id, { offset: 0, source: pieces(someText(4)) });
      const late = lab.content.append(id, { offset: 0, source: pieces(someText(4)) });
      await expect(late).rejects.toThrow(expect.objectContaining({ name: 'OffsetConflict', offset: 4 }));
    });

    it('by two requests at once take the bytes of one, and keep no blob of the other', async () => {
      const bytes = someText(3 * CHUNK);
      const { id } = await calls.begin(bytes.length);
      const both = await Promise.allSettled(
        [1, 2].map(() => lab.content.append(id, { offset: 0, source: pieces(bytes) })),
      );
      expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      const lost = both.find((one) => one.status === 'rejected');
      expect(lost?.reason).toBeInstanceOf(OffsetConflict);
      expect(await lab.blobsOf(id)).toHaveLength(1);
    });

    it('with bytes that do not fit the checksum of a request keep none of them', async () => {
      const { id } = await calls.begin(2 * CHUNK);
      const digest = createHash('sha256').update('others').digest();
      const wrong = lab.content.append(id, {
        offset: 0,
        source: pieces(someText(2 * CHUNK)),
        checksum: { algorithm: 'sha256', digest },
      });
      await expect(wrong).rejects.toThrow(ChecksumMismatch);
      expect(await lab.content.upload(id)).toMatchObject({ offset: 0, isWhole: false });
      expect(await lab.blobsOf(id)).toEqual([]);
    });

    it('with more bytes than were declared, or than are allowed, are refused', async () => {
      const { id } = await calls.begin(10);
      await expect(lab.content.append(id, { offset: 0, source: pieces(someText(11)) })).rejects.toThrow(
        ContentTooLarge,
      );
      await expect(calls.begin(lab.mostBytes + 1)).rejects.toThrow(ContentTooLarge);
      const open = await calls.begin();
      const tooMany = lab.content.append(open.id, { offset: 0, source: pieces(someText(lab.mostBytes + 1)) });
      await expect(tooMany).rejects.toThrow(ContentTooLarge);
      expect(await lab.blobsOf(open.id)).toEqual([]);
    });

    it('are of a type that is taken', async () => {
      const html = lab.content.begin(somePlace(), { contentType: 'text/html' });
      await expect(html).rejects.toMatchObject({ status: 415 });
    });

    it('are not finished while bytes are missing', async () => {
      const { id } = await calls.begin(10);
      await lab.content.append(id, { offset: 0, source: pieces(someText(9)) });
      await expect(lab.content.finish(id)).rejects.toMatchObject({ status: 409 });
    });
  });

  it('leave nothing in the database that can be read: no text, no checksum', async () => {
    const secret = 'Waltraud Mustermann has a fracture';
    const bytes = Buffer.from(`${secret}\n`.repeat(3_000));
    const at = somePlace();
    const { id } = await calls.begin(bytes.length, at);
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
