import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bindingsAt, platformConfig, readConfig } from '@careplane/kit';
import { createTestBindings } from '@careplane/kit/testing';
import type { TestBindings } from '@careplane/kit/testing';
import { startMongod } from '@careplane/testing';
import { collected } from '../../test/collected.ts';
import { pieces } from '../../test/content-calls.ts';
import { BUCKET, startS3Ground } from '../../test/s3-ground.ts';
import type { S3Ground } from '../../test/s3-ground.ts';
import { startStore } from '../../test/store.ts';
import type { RunningStore } from '../../test/store.ts';
import { blobsConfig } from './config.ts';
import { gridFsBlobs, gridFsCollections } from './grid-fs.ts';
import { noteCollection } from './notes.ts';
import { openBlobs } from './open-blobs.ts';
import type { OpenBlobs } from './open-blobs.ts';

describe('the store of blobs', () => {
  let store: RunningStore;
  let ground: S3Ground;
  let bindings: TestBindings;
  const ends: (() => Promise<void> | void)[] = [];
  beforeAll(async () => {
    store = await startStore(await startMongod(), [...gridFsCollections, noteCollection]);
    ground = await startS3Ground();
    bindings = createTestBindings();
    bindings.write('s3', { type: 'secret', ...ground.secret });
  });
  afterAll(async () => {
    for (const end of ends) await end();
    bindings.remove();
    await store.stop();
    await ground.stop();
  });

  const choose = (env: Record<string, string>): Promise<OpenBlobs> => {
    const config = readConfig(blobsConfig.extend(platformConfig.shape), {
      ...{ CAREPLANE_SERVICE: 'records', SERVICE_BINDING_ROOT: bindings.root },
      ...env,
    });
    const onShutdown = (_: string, __: string, end: () => Promise<void> | void): void => void ends.push(end);
    const lifecycle = { onShutdown } as never;
    return openBlobs({ config, lifecycle, bindings: bindingsAt(bindings.root) }, store.mongo, 'clinic');
  };
  const inS3 = (): Record<string, string> => ({ S3_ENDPOINT: ground.server.url, S3_BUCKET: BUCKET });

  it('is GridFS as long as nothing else is said', async () => {
    const { blobs, moving } = await choose({});
    const name = randomUUID();
    await blobs.put(name, pieces(randomBytes(10)));
    expect(await gridFsBlobs(store.mongo).size(name)).toBe(10);
    expect(moving).toBeUndefined();
  });

  it('is S3 with the credentials of its Secret, beside what GridFS has; and GridFS again beside what S3 has', async () => {
    const [before, meanwhile, after] = [randomUUID(), randomUUID(), randomUUID()];
    const bytes = randomBytes(1_000);
    await (await choose({})).blobs.put(before, pieces(bytes));
    const s3 = await choose({ BLOBS: 'S3', ...inS3() });
    await s3.blobs.put(meanwhile, pieces(bytes));
    const gridFs = await choose(inS3());
    await gridFs.blobs.put(after, pieces(bytes));
    for (const { blobs } of [s3, gridFs]) {
      for (const name of [before, meanwhile, after]) {
        const read = Buffer.concat(await collected(blobs.read(name, { start: 0, end: 999 })));
        expect(read.equals(bytes)).toBe(true);
      }
    }
    const names = await Promise.all(
      [before, meanwhile, after].map((name) => gridFsBlobs(store.mongo).size(name)),
    );
    expect(names).toEqual([1_000, undefined, 1_000]);
    expect(await s3.moving?.to.size(meanwhile)).toBe(1_000);
    expect(gridFs.moving).toBeUndefined();
  });

  it('is not chosen half: what is missing or wrong is named', async () => {
    await expect(choose({ BLOBS: 'S3' })).rejects.toThrow('S3_ENDPOINT');
    await expect(choose({ BLOBS: 'S3', S3_ENDPOINT: ground.server.url })).rejects.toThrow('S3_BUCKET');
    await expect(choose({ S3_BUCKET: BUCKET })).rejects.toThrow('S3_ENDPOINT');
    const wrong = {
      ...{ BLOBS: 's3', S3_ENDPOINT: 'http://127.0.0.1:9000', S3_BUCKET: 'Upper_Case' },
      ...{ S3_PREFIX: 'no-slash-at-its-end', S3_ADDRESSING: 'path' },
    };
    for (const [key, value] of Object.entries(wrong)) expect(() => choose({ [key]: value })).toThrow(key);
  });
});
