import type { Mongo, ServiceContext } from '@careplane/kit';
import type { BlobStore } from './blob-store.ts';
import type { BlobsConfig } from './config.ts';
import { gridFsBlobs } from './grid-fs.ts';
import { databaseId } from './notes.ts';
import { severalBlobs } from './several-blobs.ts';

type Context = Pick<ServiceContext<BlobsConfig>, 'bindings' | 'config' | 'lifecycle'>;

export interface OpenBlobs {
  readonly blobs: BlobStore;
  /** The blobs of before, and where they go. */
  readonly moving?: { readonly from: BlobStore; readonly to: BlobStore };
}

/**
 * The store that the configuration names, with what lies in the other one. `tenant` is the prefix of a bucket when none is named.
 * @throws TypeError when it is said that there is a bucket, and not which or where
 */
export async function openBlobs(ctx: Context, mongo: Mongo, tenant: string): Promise<OpenBlobs> {
  const gridFs = gridFsBlobs(mongo);
  const bucket = bucketOf(ctx.config);
  if (!bucket) return { blobs: gridFs };
  const { BLOBS, S3_PREFIX: prefix = `${tenant}/` } = ctx.config;
  const s3 = await openS3(ctx, { ...bucket, prefix, database: () => databaseId(mongo) });
  const stores = [gridFs, s3];
  if (BLOBS === 'GridFS') return { blobs: severalBlobs(gridFs, stores) };
  return { blobs: severalBlobs(s3, stores), moving: { from: gridFs, to: s3 } };
}

interface Bucket {
  readonly endpoint: string;
  readonly bucket: string;
}

/** Half of it is a mistake even if nothing new goes there: what is there would not be found. */
function bucketOf({ BLOBS, S3_ENDPOINT: endpoint, S3_BUCKET: bucket }: BlobsConfig): Bucket | undefined {
  if (endpoint !== undefined && bucket !== undefined) return { endpoint, bucket };
  if (BLOBS === 'GridFS' && endpoint === undefined && bucket === undefined) return undefined;
  throw new TypeError(`${endpoint === undefined ? 'S3_ENDPOINT' : 'S3_BUCKET'} is missing`);
}

interface Place extends Bucket {
  readonly prefix: string;
  readonly database: () => Promise<string>;
}

/** Who keeps contents in GridFS does not load the SDK. */
async function openS3({ bindings, config, lifecycle }: Context, place: Place): Promise<BlobStore> {
  const { boundedMemory, requireOwner, S3Blobs, S3Requests } = await import('./s3/index.ts');
  const { endpoint, bucket, prefix, database } = place;
  const { S3_REGION: region, S3_ADDRESSING: addressing, S3_SECRET, S3_BUFFER_BYTES } = config;
  const secret = (): Readonly<Record<string, string>> => bindings.secret(S3_SECRET);
  const requests = new S3Requests({ endpoint, region, addressing, secret });
  lifecycle.onShutdown('close', 'object store', () => {
    requests.close();
  });
  return new S3Blobs({
    ...{ requests, bucket, prefix: `${prefix}blobs/` },
    memory: boundedMemory(S3_BUFFER_BYTES),
    requireOwn: requireOwner({ requests, bucket, key: `${prefix}owner`, database }),
  });
}
