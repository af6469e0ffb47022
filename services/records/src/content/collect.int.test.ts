import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withTransaction } from '@careplane/kit';
import { contentCalls, pieces, somePlace, someText } from '../../test/content-calls.ts';
import type { ContentCalls } from '../../test/content-calls.ts';
import { contentLab } from '../../test/content-lab.ts';
import type { ContentLab } from '../../test/content-lab.ts';
import { ContentAdditions } from './additions.ts';
import { collect, NoContents } from './collect.ts';

const CHUNK = 65_536;

describe('contents of documents', () => {
  let lab: ContentLab;
  let calls: ContentCalls;
  beforeAll(async () => {
    lab = await contentLab();
    calls = contentCalls(lab);
  });
  afterAll(() => lab.stop());

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
      const bytes = someText(2 * CHUNK);
      const kept = await calls.stored(bytes);
      const { id: begun } = await calls.begin(bytes.length);
      await lab.content.append(begun, { offset: 0, source: pieces(bytes.subarray(0, CHUNK + 1)) });
      const { id: checked } = await calls.begin(bytes.length);
      await calls.send(checked, bytes);
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
      expect((await calls.readBack(kept)).equals(bytes)).toBe(true);
    });

    it('are removed when they are given up, and with their record', async () => {
      const at = somePlace();
      const [kept, { id: begun }] = [await calls.stored(someText(CHUNK), at), await calls.begin(1)];
      await lab.content.abandon(begun);
      await expect(lab.content.abandon(kept)).rejects.toMatchObject({ status: 404 });
      await withTransaction(lab.mongo, (tx) => lab.content.release({ patient: at.patient, id: kept }, tx));
      await expect(lab.content.open(kept)).rejects.toMatchObject({ status: 404 });
      await run(60_000);
      expect(await lab.blobsOf(kept)).toEqual([]);
    });

    it('are removed with what was added to them later', async () => {
      const at = somePlace();
      const content = await calls.stored(someText(CHUNK), at);
      const additions = new ContentAdditions({ mongo: lab.mongo, contents: lab.content });
      const later = { bytes: Buffer.from('later'), by: { id: 'somebody', isPatient: false } };
      const add = (): Promise<void> =>
        withTransaction(lab.mongo, (tx) => additions.add({ content, name: 'note', version: 2 }, later, tx));
      await add();
      await expect(add()).rejects.toMatchObject({ status: 412 });
      expect((await additions.newest(content, 'note'))?.bytes.toString()).toBe('later');
      await withTransaction(lab.mongo, (tx) => lab.content.release({ patient: at.patient, id: content }, tx));
      await run(60_000);
      expect(await additions.newest(content, 'note')).toBeUndefined();
    });

    it('are not removed beside an empty database: it is not the one that the blobs belong to', async () => {
      await calls.stored(someText(CHUNK));
      const empty = { ...lab.mongo, collection: () => lab.mongo.collection('empty') };
      const mongo = Object.assign(Object.create(lab.mongo) as typeof lab.mongo, empty);
      const now = later(lab.keepMs + 60_000);
      const { blobs, keepMs: graceMs } = lab;
      const collecting = collect({ mongo, blobs, graceMs, now, signal: new AbortController().signal });
      await expect(collecting).rejects.toThrow(NoContents);
    });
  });
});
