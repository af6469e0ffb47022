/**
 * A program for the test of memory: a service with the routes of contents, on the MongoDB that its argument names and, when another one has
 * it as JSON, on an object store. It sends its address to its parent, and its resident memory whenever it is asked.
 */
import { dataKeyCollection, DataKeys, localKeyProvider } from '@careplane/kit';
import { connectStore } from '@careplane/kit/testing';
import type { BlobStore } from '../src/blobs/blob-store.ts';
import { gridFsBlobs, gridFsCollections } from '../src/blobs/grid-fs.ts';
import { boundedMemory, S3Blobs, S3Requests } from '../src/blobs/s3/index.ts';
import {
  additionCollection,
  contentCollection,
  DocumentContent,
  mediaTypes,
  noScanner,
} from '../src/content/index.ts';
import { DATABASE } from './store.ts';
import { startUploadService } from './upload-service.ts';

/** The object store of the probe. */
export interface ProbedS3 {
  readonly endpoint: string;
  readonly bucket: string;
  readonly secret: Readonly<Record<string, string>>;
}

const [uri = '', bytes = '', s3] = process.argv.slice(2);
const mostBytes = Number(bytes);
const { hostname: host, port } = new URL(uri);
const { mongo } = await connectStore({ uri, host, port: Number(port) }, DATABASE, [
  ...gridFsCollections,
  additionCollection,
  contentCollection,
  dataKeyCollection,
]);
const provider = localKeyProvider({ read: () => ['a root key for tests'] });
const content = new DocumentContent({
  keys: new DataKeys({ mongo, provider, tenant: 'clinic' }),
  ...{ mongo, blobs: s3 === undefined ? gridFsBlobs(mongo) : s3Blobs(s3), mostBytes },
  ...{ scanner: noScanner, types: mediaTypes() },
  ...{ keepMs: 86_400_000, logger: { warn: () => undefined } },
});
const minutes = { REQUEST_TIMEOUT_MS: '120000', REQUEST_ARRIVAL_MS: '120000' };
const service = await startUploadService({ content, mongo, mostBytes, env: minutes });
// The most since it was asked before: what comes and goes in between counts, too.
let most = 0;
setInterval(() => {
  most = Math.max(most, process.memoryUsage.rss());
}, 5).unref();
process.on('message', () => {
  process.send?.({ rss: Math.max(most, process.memoryUsage.rss()) });
  most = 0;
});
process.send?.({ url: service.url });

function s3Blobs(json: string): BlobStore {
  const { endpoint, bucket, secret } = JSON.parse(json) as ProbedS3;
  const at = { endpoint, region: 'us-east-1', addressing: 'Path' } as const;
  return new S3Blobs({
    requests: new S3Requests({ ...at, secret: () => secret }),
    ...{ bucket, prefix: 'probe/', memory: boundedMemory(67_108_864) },
    requireOwn: () => Promise.resolve(),
  });
}
