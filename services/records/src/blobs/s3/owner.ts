import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { unlessRefused } from './requests.ts';
import type { S3Refused, S3Requests } from './requests.ts';

/** The prefix of the bucket is another database's. */
export class ForeignBlobs extends Error {
  override readonly name = 'ForeignBlobs';

  constructor(owner: string) {
    super(
      `the prefix of the bucket is of another database (the object ${owner} says so): choose another S3_PREFIX`,
    );
  }
}

export interface OwnerOptions {
  readonly requests: S3Requests;
  readonly bucket: string;
  /** Of the object that says whose the blobs are. */
  readonly key: string;
  /** The id of this service's database. */
  readonly database: () => Promise<string>;
}

/**
 * What no content of the database refers to is removed from the bucket: two databases with one prefix would remove each other's blobs. So the
 * first one writes its id beside the blobs, and every other is refused. Asked once; after a fault, again.
 * @throws ForeignBlobs
 */
export function requireOwner(options: OwnerOptions): () => Promise<void> {
  let asked: Promise<void> | undefined;
  return () => {
    asked ??= claim(options).catch((error: unknown) => {
      asked = undefined;
      throw error;
    });
    return asked;
  };
}

async function claim(options: OwnerOptions): Promise<void> {
  const { requests, bucket: Bucket, key: Key, database } = options;
  const id = await database();
  if ((await ownerOf(options)) === undefined) {
    const put = new PutObjectCommand({ Bucket, Key, Body: Buffer.from(id), IfNoneMatch: '*' });
    // somebody may be faster: the object tells who
    await unlessRefused(requests.ask((client, asking) => client.send(put, asking), isTaken));
  }
  if ((await ownerOf(options)) !== id) throw new ForeignBlobs(Key);
}

function ownerOf({ requests, bucket: Bucket, key: Key }: OwnerOptions): Promise<string | undefined> {
  const get = new GetObjectCommand({ Bucket, Key });
  const asked = requests.ask(async (client, asking) => {
    const { Body } = await client.send(get, asking);
    return Body?.transformToString();
  }, isMissing);
  return unlessRefused(asked);
}

function isMissing({ code }: S3Refused): boolean {
  return code === 'NoSuchKey';
}

function isTaken({ status }: S3Refused): boolean {
  return status === 409 || status === 412;
}
