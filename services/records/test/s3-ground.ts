import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { startS3 } from '@careplane/testing';
import type { RunningS3, S3Credentials } from '@careplane/testing';
import { boundedMemory, requireOwner, S3Blobs, S3Requests } from '../src/blobs/s3/index.ts';
import type { S3Options } from '../src/blobs/s3/index.ts';
import type { BlobStore } from '../src/blobs/blob-store.ts';

export const BUCKET = 'clinic-contents';

/** How a test's store differs from one that works. */
export interface S3Settings extends Partial<Pick<S3Options, 'endpoint' | 'timeoutMs'>> {
  readonly bucket?: string;
  readonly prefix?: string;
  readonly database?: string;
  readonly memoryBytes?: number;
  readonly idleMs?: number;
}

/** A server of S3 with a bucket, and what a service has of it. */
export interface S3Ground {
  readonly server: RunningS3;
  /** The mounted Secret; a test changes what is in it. */
  secret: Record<string, string>;
  /** Requests that are signed with what the Secret has. */
  readonly requests: S3Requests;
  blobs(settings?: S3Settings): BlobStore;
  stop(): Promise<void>;
}

export function secretOf({ ca }: RunningS3, credentials: S3Credentials): Record<string, string> {
  const { accessKeyId, secretAccessKey } = credentials;
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, 'ca.crt': ca };
}

export async function startS3Ground(): Promise<S3Ground> {
  const server = await startS3();
  const open: S3Requests[] = [];
  const secret = secretOf(server, server.credentials);
  const requestsOf = (options: Partial<S3Options> = {}): S3Requests => {
    const defaults = { endpoint: server.url, region: 'us-east-1', addressing: 'Path' } as const;
    const requests = new S3Requests({ ...defaults, secret: () => ground.secret, ...options });
    open.push(requests);
    return requests;
  };
  const requests = requestsOf({ secret: () => secret });
  const ground: S3Ground = {
    ...{ server, secret, requests },
    blobs(settings = {}): BlobStore {
      const { bucket = BUCKET, prefix = 'clinic/', database = 'this one', idleMs = 2_000 } = settings;
      const { memoryBytes = 67_108_864, endpoint = server.url, timeoutMs = 5_000 } = settings;
      const own = requestsOf({ endpoint, timeoutMs });
      const owner = {
        requests: own,
        bucket,
        key: `${prefix}owner`,
        database: () => Promise.resolve(database),
      };
      return new S3Blobs({
        ...{ requests: own, bucket, prefix: `${prefix}blobs/`, idleMs },
        memory: boundedMemory(memoryBytes),
        requireOwn: requireOwner(owner),
      });
    },
    async stop(): Promise<void> {
      for (const one of open) one.close();
      await server.stop();
    },
  };
  await requests.ask((client, options) => client.send(new CreateBucketCommand({ Bucket: BUCKET }), options));
  return ground;
}
