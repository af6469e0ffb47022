import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withTransaction } from '@careplane/kit';
import { collected } from '../../test/collected.ts';
import { contentCalls, somePlace, someText } from '../../test/content-calls.ts';
import type { ContentCalls } from '../../test/content-calls.ts';
import { contentLab } from '../../test/content-lab.ts';
import type { ContentLab } from '../../test/content-lab.ts';
import { startS3Ground } from '../../test/s3-ground.ts';
import type { S3Ground } from '../../test/s3-ground.ts';
import type { BlobStore } from '../blobs/blob-store.ts';
import { collect } from './collect.ts';

const SIZE = 12_000_000;

describe('contents of documents in S3', () => {
  let ground: S3Ground;
  let lab: ContentLab;
  let blobs: BlobStore;
  let calls: ContentCalls;
  beforeAll(async () => {
    ground = await startS3Ground();
    blobs = ground.blobs();
    lab = await contentLab({ blobs, mostBytes: SIZE });
    calls = contentCalls(lab);
  });
  afterAll(async () => {
    await lab.stop();
    await ground.stop();
  });

  const names = async (): Promise<string[]> =>
    (await collected(blobs.list(new Date(Date.now() + 60_000)))).map(({ name }) => name);

  it('are uploaded in requests, checked, read by range, and not readable in the bucket', async () => {
    const bytes = someText(SIZE);
    const id = await calls.stored(bytes, somePlace(), [70_000, 8_000_000, SIZE]);
    const digest = (read: Buffer): string => createHash('sha256').update(read).digest('hex');
    expect(digest(await calls.readBack(id))).toBe(digest(bytes));
    const range = { start: 7_999_990, end: 8_000_009 };
    expect((await calls.readBack(id, range)).equals(bytes.subarray(range.start, range.end + 1))).toBe(true);
    const parts = await lab.blobsOf(id);
    expect(parts.length).toBeGreaterThan(1);
    for (const name of parts) {
      const end = ((await blobs.size(name)) ?? 1) - 1;
      const stored = Buffer.concat(await collected(blobs.read(name, { start: 0, end })));
      expect(stored.includes(bytes.subarray(0, 16))).toBe(false);
    }
  });

  it('leave nothing in the bucket when their patient is erased, or nothing refers to them', async () => {
    const at = somePlace();
    const [erased, released] = [
      await calls.stored(someText(100_000), at),
      await calls.stored(someText(100_000)),
    ];
    await lab.content.removeAllOf(at.patient);
    expect((await names()).filter((name) => name.startsWith(erased))).toEqual([]);
    const { place } = await lab.content.upload(released);
    await withTransaction(lab.mongo, (tx) =>
      lab.content.release({ patient: place.patient, id: released }, tx),
    );
    const now = (): Date => new Date(Date.now() + 60_000);
    const { signal } = new AbortController();
    await collect({ mongo: lab.mongo, blobs, graceMs: lab.keepMs, now, signal });
    expect((await names()).filter((name) => name.startsWith(released))).toEqual([]);
  });
});
