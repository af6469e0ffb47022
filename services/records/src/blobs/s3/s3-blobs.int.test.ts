import { randomBytes, randomUUID } from 'node:crypto';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BindingError, Unavailable } from '@careplane/kit';
import { newCredentials, until } from '@careplane/testing';
import { collected } from '../../../test/collected.ts';
import { pieces } from '../../../test/content-calls.ts';
import { startFaultyS3 } from '../../../test/faulty-s3.ts';
import type { FaultyS3 } from '../../../test/faulty-s3.ts';
import { BUCKET, secretOf, startS3Ground } from '../../../test/s3-ground.ts';
import type { S3Ground, S3Settings } from '../../../test/s3-ground.ts';
import { BlobMissing } from '../blob-store.ts';
import type { BlobStore } from '../blob-store.ts';
import { keepsBlobs } from '../fixtures/blob-store-contract.ts';
import { ForeignBlobs, S3Requests } from './index.ts';

const MEGABYTE = 1_048_576;

describe('blobs in S3', () => {
  let ground: S3Ground;
  beforeAll(async () => {
    ground = await startS3Ground();
  });
  afterAll(() => ground.stop());

  const whole = async (store: BlobStore, name: string, bytes: number): Promise<Buffer> =>
    Buffer.concat(await collected(store.read(name, { start: 0, end: bytes - 1 })));
  const listed = async (store: BlobStore): Promise<string[]> =>
    (await collected(store.list(new Date(Date.now() + 60_000)))).map(({ name }) => name);
  const refusedWith = (code: string) => ({ name: 'Unavailable', cause: { name: 'S3Refused', code } });

  describe('of a server that works', () => {
    let shared: BlobStore | undefined;
    keepsBlobs(() => (shared ??= ground.blobs()));

    it('are in as many pages of a list as it takes', async () => {
      const store = ground.blobs({ prefix: 'pages/' });
      const names = Array.from({ length: 1_003 }, () => randomUUID());
      while (names.length > 0)
        await Promise.all(names.splice(0, 40).map((name) => store.put(name, pieces(Buffer.of(1)))));
      expect(new Set(await listed(store)).size).toBe(1_003);
    }, 60_000);

    it('are refused to a database that has not the prefix, which may neither write nor list them for removal', async () => {
      const [ours, theirs] = [ground.blobs(), ground.blobs({ database: 'another one' })];
      const name = randomUUID();
      await ours.put(name, pieces(randomBytes(10)));
      await expect(theirs.put(randomUUID(), pieces(randomBytes(10)))).rejects.toThrow(ForeignBlobs);
      await expect(listed(theirs)).rejects.toThrow(ForeignBlobs);
      expect(await listed(ground.blobs({ prefix: 'elsewhere/', database: 'another one' }))).toEqual([]);
      expect(await listed(ours)).toContain(name);
    });

    it('hold no more memory than they are given together, and give it back', async () => {
      const store = ground.blobs({ memoryBytes: 9.5 * MEGABYTE });
      const [name, bytes] = [randomUUID(), randomBytes(6 * MEGABYTE)];
      const waiting = Promise.withResolvers<undefined>();
      const slow = async function* (): AsyncGenerator<Uint8Array> {
        yield* pieces(bytes.subarray(0, 4 * MEGABYTE));
        await waiting.promise;
        yield* pieces(bytes.subarray(4 * MEGABYTE));
      };
      const first = store.put(name, slow());
      const second = store.put(randomUUID(), slow());
      await expect(Promise.race([first, second])).rejects.toThrow(Unavailable);
      waiting.resolve(undefined);
      const outcomes = (await Promise.allSettled([first, second])).map(({ status }) => status);
      expect(outcomes.toSorted()).toEqual(['fulfilled', 'rejected']);
      await store.put(randomUUID(), pieces(bytes));
    });
  });

  describe('of a server that does not', () => {
    let faulty: FaultyS3;
    beforeEach(async () => {
      faulty = await startFaultyS3(ground.server);
    });
    afterEach(() => faulty.stop());
    const through = (settings: S3Settings = {}): BlobStore =>
      ground.blobs({ endpoint: faulty.url, ...settings });

    it.each([MEGABYTE, 12 * MEGABYTE])(
      'are put once though an answer is lost, with %d bytes',
      async (size) => {
        const [name, bytes, store] = [randomUUID(), randomBytes(size), through()];
        faulty.next(/^PUT .*blobs/, 'lost');
        faulty.next(/^POST .*uploadId=/, 'lost');
        await store.put(name, pieces(bytes));
        expect((await whole(store, name, size)).equals(bytes)).toBe(true);
      },
    );

    it('are read to their end though answers break off', async () => {
      const [name, bytes, store] = [randomUUID(), randomBytes(3 * MEGABYTE), through()];
      await store.put(name, pieces(bytes));
      faulty.next(/^GET .*blobs/, 'half', 'half', 'half', 'half');
      expect((await whole(store, name, bytes.length)).equals(bytes)).toBe(true);
      expect(faulty.requests.filter((line) => /^GET .*blobs/.test(line))).toHaveLength(5);
    });

    it('wait for a server that is busy', async () => {
      const [name, bytes, store] = [randomUUID(), randomBytes(10), through()];
      faulty.next(/^PUT .*blobs/, 'busy', 'busy');
      await store.put(name, pieces(bytes));
      expect((await whole(store, name, 10)).equals(bytes)).toBe(true);
    });

    it.each([MEGABYTE, 12 * MEGABYTE])(
      'are not there when a bit of their %d bytes was lost',
      async (size) => {
        const [name, store] = [randomUUID(), through()];
        faulty.next(/^PUT .*blobs/, 'flipped');
        await expect(store.put(name, pieces(randomBytes(size)))).rejects.toThrow(Unavailable);
        expect(await store.size(name)).toBeUndefined();
        await store.put(name, pieces(randomBytes(size)));
        expect(await store.size(name)).toBe(size);
      },
    );

    it('leave no upload in parts behind when their source fails', async () => {
      const [name, store] = [randomUUID(), through()];
      const failing = async function* (): AsyncGenerator<Uint8Array> {
        yield* pieces(randomBytes(12 * MEGABYTE));
        throw new Error('the client is gone');
      };
      await expect(store.put(name, failing())).rejects.toThrow('the client is gone');
      const list = new ListMultipartUploadsCommand({ Bucket: BUCKET, Prefix: `clinic/blobs/${name}` });
      const { Uploads = [] } = await ground.requests.ask((client, options) => client.send(list, options));
      expect(Uploads).toEqual([]);
    });

    it('are unavailable when the bucket is missing, and not absent', async () => {
      const [name, store] = [randomUUID(), ground.blobs({ bucket: 'no-such-bucket' })];
      const missing = refusedWith('NoSuchBucket');
      await expect(store.put(name, pieces(randomBytes(10)))).rejects.toMatchObject(missing);
      await expect(whole(store, name, 10)).rejects.toMatchObject(missing);
      await expect(store.size(name)).rejects.toMatchObject(missing);
      await expect(store.delete(name)).rejects.toMatchObject(missing);
      await expect(listed(store)).rejects.toMatchObject(missing);
    });

    it('are unavailable at once while it is silent, and come back with it', async () => {
      const [name, bytes, store] = [randomUUID(), randomBytes(10), ground.blobs({ timeoutMs: 150 })];
      await store.put(name, pieces(bytes));
      ground.server.signal('SIGSTOP');
      try {
        for (let n = 0; n < 4; n += 1) await expect(whole(store, name, 10)).rejects.toThrow(Unavailable);
        const before = performance.now();
        await expect(whole(store, name, 10)).rejects.toThrow(Unavailable);
        expect(performance.now() - before).toBeLessThan(140); // nobody waits for a server that is known to be away
      } finally {
        ground.server.signal('SIGCONT');
      }
      await until(async () => (await whole(store, name, 10)).equals(bytes), { what: 'the circuit to close' });
    });

    it('are unavailable while it is away, and there when it is back', async () => {
      const [name, bytes, store] = [randomUUID(), randomBytes(10), ground.blobs()];
      await store.put(name, pieces(bytes));
      await ground.server.kill();
      await expect(whole(store, name, 10)).rejects.toThrow(Unavailable);
      await expect(store.put(randomUUID(), pieces(bytes))).rejects.toThrow(Unavailable);
      await ground.server.restart(ground.server.credentials);
      await until(async () => (await whole(store, name, 10)).equals(bytes), { what: 'the server' });
    });

    it('are read by the next credentials as soon as the Secret has them', async () => {
      const [name, bytes, store] = [randomUUID(), randomBytes(10), ground.blobs()];
      await store.put(name, pieces(bytes));
      const next = newCredentials();
      const former = ground.secret;
      await ground.server.restart(next);
      try {
        await expect(whole(store, name, 10)).rejects.toThrow(Unavailable);
        ground.secret = secretOf(ground.server, next);
        expect((await whole(store, name, 10)).equals(bytes)).toBe(true);
        ground.secret = { 'ca.crt': ground.server.ca };
        await expect(whole(store, name, 10)).rejects.toThrow(BindingError);
      } finally {
        ground.secret = former;
        await ground.server.restart(ground.server.credentials);
      }
      await expect(whole(store, randomUUID(), 10)).rejects.toThrow(BlobMissing);
    });

    it('are not asked for over plain HTTP, nor under a certificate that nobody vouches for', async () => {
      const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = ground.secret;
      const keys = { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY };
      const options = { region: 'us-east-1', addressing: 'Path', secret: () => keys } as const;
      expect(() => new S3Requests({ ...options, endpoint: 'http://127.0.0.1:9000' })).toThrow('https');
      const former = ground.secret;
      ground.secret = keys;
      try {
        await expect(ground.blobs().size(randomUUID())).rejects.toThrow(Unavailable);
      } finally {
        ground.secret = former;
      }
    });
  });
});
