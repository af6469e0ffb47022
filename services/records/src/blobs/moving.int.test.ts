import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startMongod } from '@careplane/testing';
import { collected } from '../../test/collected.ts';
import { pieces } from '../../test/content-calls.ts';
import { startS3Ground } from '../../test/s3-ground.ts';
import type { S3Ground } from '../../test/s3-ground.ts';
import { startStore } from '../../test/store.ts';
import type { RunningStore } from '../../test/store.ts';
import type { BlobStore } from './blob-store.ts';
import { keepsBlobs } from './fixtures/blob-store-contract.ts';
import { countGridFs, gridFsBlobs, gridFsCollections } from './grid-fs.ts';
import { moveBlobs } from './move-blobs.ts';
import type { Moved } from './move-blobs.ts';
import { databaseId, mayMove, noteCollection } from './notes.ts';
import { severalBlobs } from './several-blobs.ts';

const MEGABYTE = 1_048_576;

describe('blobs that move from GridFS to S3', () => {
  let store: RunningStore;
  let ground: S3Ground;
  let [gridFs, s3]: BlobStore[] = [];
  beforeAll(async () => {
    [store, ground] = await Promise.all([
      startMongod().then((mongod) => startStore(mongod, [...gridFsCollections, noteCollection])),
      startS3Ground(),
    ]);
    [gridFs, s3] = [gridFsBlobs(store.mongo), ground.blobs()];
  });
  afterAll(async () => {
    await store.stop();
    await ground.stop();
  });

  const stores = (): { from: BlobStore; to: BlobStore; both: BlobStore } => {
    if (!gridFs || !s3) throw new Error('the stores were not opened');
    return { from: gridFs, to: s3, both: severalBlobs(s3, [gridFs, s3]) };
  };
  const move = (more: { to?: BlobStore; mayGoOn?: () => Promise<boolean> } = {}): Promise<Moved> => {
    const { from, to } = stores();
    const { signal } = new AbortController();
    const before = new Date(Date.now() + 60_000);
    return moveBlobs({ from, to, signal, before, mayGoOn: () => Promise.resolve(true), ...more });
  };
  const made = async (size: number): Promise<{ name: string; bytes: Buffer }> => {
    const [name, bytes] = [randomUUID(), randomBytes(size)];
    await stores().from.put(name, pieces(bytes));
    return { name, bytes };
  };
  const whole = async (from: BlobStore, name: string, size: number): Promise<Buffer> =>
    Buffer.concat(await collected(from.read(name, { start: 0, end: size - 1 })));

  keepsBlobs(() => stores().both);

  it('are there all the time, and at the end in S3 alone', async () => {
    const blobs = [await made(1), await made(MEGABYTE), await made(7 * MEGABYTE)];
    const { from, to, both } = stores();
    const reading = both.read(blobs[2]?.name ?? '', { start: 0, end: 7 * MEGABYTE - 1 });
    const read = reading[Symbol.asyncIterator]();
    const first = ((await read.next()) as { value: Uint8Array }).value;
    const { blobs: count } = await move();
    expect(count).toBeGreaterThanOrEqual(3);
    const rest = await collected({ [Symbol.asyncIterator]: () => read });
    expect(Buffer.concat([first, ...rest]).equals(blobs[2]?.bytes ?? Buffer.alloc(0))).toBe(true);
    for (const { name, bytes } of blobs) {
      expect(await from.size(name)).toBeUndefined();
      expect(await to.size(name)).toBe(bytes.length);
      expect((await whole(both, name, bytes.length)).equals(bytes)).toBe(true);
    }
    expect(await countGridFs(store.mongo)).toBe(0);
  });

  it('stay in GridFS when another blob of their name is in S3', async () => {
    const { name, bytes } = await made(1_000);
    await stores().to.put(name, pieces(randomBytes(1_000)));
    expect((await move()).differing).toEqual([name]);
    expect((await whole(stores().from, name, 1_000)).equals(bytes)).toBe(true);
    await stores().both.delete(name);
  });

  it('are moved on by another replica when the first one dies between the stores', async () => {
    const { name, bytes } = await made(2 * MEGABYTE);
    await stores().to.put(name, pieces(bytes)); // and then it died
    await move();
    expect(await stores().from.size(name)).toBeUndefined();
    expect((await whole(stores().to, name, bytes.length)).equals(bytes)).toBe(true);
  });

  it('that were never finished, or whose replica lost its turn, are left', async () => {
    const name = randomUUID();
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield* pieces(randomBytes(MEGABYTE));
      throw new Error('the client is gone');
    };
    await expect(stores().from.put(name, failing())).rejects.toThrow('the client is gone');
    const { name: other } = await made(10);
    expect(await move({ mayGoOn: () => Promise.resolve(false) })).toEqual({
      blobs: 0,
      bytes: 0,
      differing: [],
    });
    expect(await stores().from.size(other)).toBe(10);
    await move();
    expect(await stores().to.size(name)).toBeUndefined();
    await stores().both.delete(name);
  });

  it('are not made again when they are deleted on their way', async () => {
    const { name } = await made(6 * MEGABYTE);
    const { to, both } = stores();
    const deleting: BlobStore = {
      ...bound(to),
      put: (blob, source) =>
        to.put(
          blob,
          (async function* () {
            for await (const bytes of source) {
              yield bytes;
              if (blob === name) await both.delete(name);
            }
          })(),
        ),
    };
    await move({ to: deleting });
    expect(await both.size(name)).toBeUndefined();
  });

  it('are moved by one replica at a time', async () => {
    const { mongo } = store;
    const asked = await Promise.all(
      ['a', 'b', 'c'].map((holder) => mayMove(mongo, { holder, forMs: 60_000 })),
    );
    expect(asked.filter(Boolean)).toHaveLength(1);
    const holder = ['a', 'b', 'c'][asked.indexOf(true)] ?? '';
    expect(await mayMove(mongo, { holder, forMs: 0 })).toBe(true);
    expect(await mayMove(mongo, { holder: 'd', forMs: 60_000 })).toBe(true);
  });

  it('belong to a database whose id all replicas agree on', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => databaseId(store.mongo)));
    expect(new Set(ids).size).toBe(1);
  });
});

/** Its methods, for a store that differs in one of them. */
function bound(store: BlobStore): BlobStore {
  return {
    put: (name, source) => store.put(name, source),
    read: (name, range) => store.read(name, range),
    size: (name) => store.size(name),
    delete: (name) => store.delete(name),
    list: (before) => store.list(before),
  };
}
