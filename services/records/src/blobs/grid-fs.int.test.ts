import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startMongod } from '@careplane/testing';
import { randomBytes, randomUUID } from 'node:crypto';
import { GridFSBucket, MongoClient } from 'mongodb';
import { startStore } from '../../test/store.ts';
import type { RunningStore } from '../../test/store.ts';
import { keepsBlobs } from './fixtures/blob-store-contract.ts';
import { gridFsBlobs, gridFsCollections } from './grid-fs.ts';

describe('blobs in GridFS', () => {
  let store: RunningStore;
  beforeAll(async () => {
    store = await startStore(await startMongod(), gridFsCollections);
  });
  afterAll(() => store.stop());

  keepsBlobs(() => gridFsBlobs(store.mongo));

  it('are read by the driver itself: the format is that of GridFS', async () => {
    const [name, bytes] = [randomUUID(), randomBytes(2_500_000)];
    // eslint-disable-next-line @typescript-eslint/require-await -- a stream is asynchronous
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield bytes;
    };
    await gridFsBlobs(store.mongo).put(name, source());
    const client = new MongoClient(store.uri);
    try {
      const bucket = new GridFSBucket(client.db(store.database), { bucketName: 'contents' });
      const read = Buffer.concat(await bucket.openDownloadStreamByName(name).toArray());
      expect(read.equals(bytes)).toBe(true);
    } finally {
      await client.close();
    }
  });
});
