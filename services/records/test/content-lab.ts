import { DataKeys, dataKeyCollection, localKeyProvider, Unavailable } from '@careplane/kit';
import type { Mongo } from '@careplane/kit';
import { startMongod } from '@careplane/testing';
import { Binary } from 'mongodb';
import { gridFsBlobs, gridFsCollections } from '../src/blobs/grid-fs.ts';
import type { BlobStore } from '../src/blobs/blob-store.ts';
import {
  additionCollection,
  contentCollection,
  DocumentContent,
  mediaTypes,
  uploadTurns,
} from '../src/content/index.ts';
import type { ContentRecord, Quota, Scanner } from '../src/content/index.ts';
import { collected } from './collected.ts';
import { startStore } from './store.ts';

/** Contents on a real replica set, with a scanner that a test can take away, and what an attacker does to a store. */
export interface ContentLab {
  readonly content: DocumentContent;
  readonly mongo: Mongo;
  readonly uri: string;
  readonly database: string;
  readonly keys: DataKeys;
  readonly blobs: BlobStore;
  readonly scanner: { isAway: boolean };
  readonly mostBytes: number;
  readonly keepMs: number;
  blobsOf(id: string): Promise<string[]>;
  recordOf(id: string): Promise<ContentRecord>;
  exchangeBlobs(one: string, other: string): Promise<void>;
  /** Flips a bit of the first blob, so many bytes after its beginning. */
  damage(id: string, at: number): Promise<void>;
  copyFields(from: string, to: string, fields: readonly (keyof ContentRecord)[]): Promise<void>;
  stop(): Promise<void>;
}

/** Finds what contains `EICAR`. */
function testScanner(): Scanner & { isAway: boolean } {
  const state = {
    isAway: false,
    async scan(content: AsyncIterable<Uint8Array>) {
      if (state.isAway) throw new Unavailable(1);
      const bytes = Buffer.concat(await collected(content));
      return bytes.includes('EICAR')
        ? { isClean: false as const, found: 'Eicar-Test-Signature' }
        : { isClean: true as const };
    },
  };
  return state;
}

export async function contentLab(
  options: { mostBytes?: number; scanner?: Scanner; quota?: Quota; blobs?: BlobStore } = {},
): Promise<ContentLab> {
  const { mostBytes = 5_000_000 } = options;
  const keepMs = 86_400_000;
  const store = await startStore(await startMongod(), [
    ...gridFsCollections,
    contentCollection,
    uploadTurns,
    additionCollection,
    dataKeyCollection,
    { name: 'empty' },
  ]);
  const { mongo, uri, database } = store;
  const provider = localKeyProvider({ read: () => ['a root key for tests'] });
  const keys = new DataKeys({ mongo, provider, tenant: 'clinic' });
  const [blobs, scanner] = [options.blobs ?? gridFsBlobs(mongo), testScanner()];
  const logger = { warn: () => undefined };
  const content = new DocumentContent({
    ...{
      mongo,
      keys,
      blobs,
      scanner: options.scanner ?? scanner,
      types: mediaTypes(),
      logger,
      mostBytes,
      keepMs,
      ...(options.quota ? { quota: options.quota } : {}),
    },
  });
  const records = mongo.collection<ContentRecord>(contentCollection.name);
  const pieces = mongo.collection<{ files_id: string; n: number; data: Binary }>('contents.chunks');
  const recordOf = async (id: string): Promise<ContentRecord> => {
    const record = await records.findOne({ _id: id });
    if (!record) throw new Error('there is no such content');
    return record;
  };
  return {
    ...{ content, mongo, uri, database, keys, blobs, scanner, mostBytes, keepMs, recordOf },
    async blobsOf(id) {
      const listed = await collected(blobs.list(new Date(Date.now() + 60_000)));
      return listed.map(({ name }) => name).filter((name) => name.startsWith(`${id}/`));
    },
    async exchangeBlobs(one, other) {
      const [first, second] = [await recordOf(one), await recordOf(other)].map(({ parts }) => parts[0]?.blob);
      if (first === undefined || second === undefined) throw new Error('there is nothing to exchange');
      for (const [from, to] of [
        [first, 'aside'],
        [second, first],
        ['aside', second],
      ] as const) {
        await pieces.updateMany({ files_id: from }, { $set: { files_id: to } });
      }
    },
    async damage(id, at) {
      const blob = (await recordOf(id)).parts[0]?.blob ?? '';
      const piece = await pieces.findOne({ files_id: blob, n: 0 });
      if (!piece) throw new Error('there is no such blob');
      const bytes = Buffer.from(piece.data.buffer);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      await pieces.updateOne({ files_id: blob, n: 0 }, { $set: { data: new Binary(bytes) } });
    },
    async copyFields(from, to, fields) {
      const source = await recordOf(from);
      await records.updateOne(
        { _id: to },
        { $set: Object.fromEntries(fields.map((field) => [field, source[field]])) },
      );
    },
    async stop() {
      keys.close();
      await store.stop();
    },
  };
}
