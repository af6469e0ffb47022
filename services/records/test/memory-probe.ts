/**
 * A program for the test of memory: a service with the routes of contents, on the MongoDB that its argument names. It sends its address to
 * its parent, and its resident memory whenever it is asked.
 */
import { dataKeyCollection, DataKeys, localKeyProvider } from '@careplane/kit';
import { connectStore } from '@careplane/kit/testing';
import { gridFsBlobs, gridFsCollections } from '../src/blobs/grid-fs.ts';
import {
  additionCollection,
  contentCollection,
  DocumentContent,
  mediaTypes,
  noScanner,
} from '../src/content/index.ts';
import { DATABASE } from './store.ts';
import { startUploadService } from './upload-service.ts';

const [uri = '', bytes = ''] = process.argv.slice(2);
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
  ...{ mongo, blobs: gridFsBlobs(mongo), scanner: noScanner, types: mediaTypes(), mostBytes },
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
